"""Who acts for others: public bodies authorise operators of their data, people entrust a trustee with what is held of them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from stdnum.iso7064 import mod_11_2

from listings.models import Authorisation, AuthorisationModel, Principal
from listings.operations import confirm_authorisation, file_authorisation, import_principals
from listings.states import AuthorisationStatus
from simulation.cast import GRANTOR, OPERATORS, Player
from simulation.market import Market
from simulation.times import Window

__all__ = ["Mandates"]

#: What each operator is authorised to operate: subject, English subject, model, fields, number of the document, years, grantor's share.
_GRANTED = {
    "binhai": (("滨海市气象、交通与民生公共数据", "Weather, transport and livelihood data of Binhai"), AuthorisationModel.WHOLE, (),
               "滨数管〔2026〕14号", 3, 1_500),
    "lanhe": (("岚河新区就业与行业统计公共数据", "Employment and industry statistics of the Lanhe New Area"), AuthorisationModel.FIELD,
              ("C", "L", "S"), "滨数管〔2026〕21号", 2, 2_000),
}
_TRUSTEE = "zhongtuo"
#: Invented people: reference, name, day of birth, order number. Born before anybody now alive, so that no number is a living person's.
_PEOPLE = (("ZT-0001", "梅远", "18820314", "011"), ("ZT-0002", "程一诺", "18910722", "024"), ("ZT-0003", "傅青禾", "18760905", "037"),
           ("ZT-0004", "容若兰", "18881130", "042"), ("ZT-0005", "柏舟", "18950218", "055"))


class Mandates:
    """Files, confirms and takes on, each once; what stands already is left."""

    def __init__(self, market: Market) -> None:
        self.market = market

    def plan(self, window: Window) -> None:
        """This will plan what is still to be filed or confirmed."""
        here = self.market.organizations
        if GRANTOR.key in here:
            filed = {one.organization_id: one for one in Authorisation.objects.filter(grantor=here[GRANTOR.key])}
            for one in OPERATORS:
                if one.key in here and here[one.key].pk not in filed:
                    window.plan(partial(self._file, one))
            for waiting in filed.values():
                if waiting.status == AuthorisationStatus.FILED:
                    window.plan(partial(self._confirm, waiting))
        if _TRUSTEE in here and not Principal.objects.filter(organization=here[_TRUSTEE]).exists():
            window.plan(self._take_on)

    def _file(self, operator: Player) -> None:
        subject, model, fields, document, years, share = _GRANTED[operator.key]
        market, begins = self.market, self.market.now()
        market.act(file_authorisation, organization=market.organizations[operator.key], grantor=market.organizations[GRANTOR.key].code,
                   model=model, subject=subject, fields=fields, document_no=document,
                   price_basis="用于公共治理、公益事业免费；用于产业发展的，按准许收入核定上限价。", effective_from=begins,
                   effective_to=begins + timedelta(days=365 * years), grantor_share_bps=share, actor=market.actors[operator.key])

    def _confirm(self, waiting: Authorisation) -> None:
        self.market.act(confirm_authorisation, authorisation=waiting, actor=self.market.actors[GRANTOR.key])

    def _take_on(self) -> None:
        """The list of those who entrust the trustee, as its file would come."""
        until = (self.market.now() + timedelta(days=730)).date().isoformat()
        rows = [f"{reference},{name},{_number(born, order)},{until}" for reference, name, born, order in _PEOPLE]
        self.market.act(import_principals, organization=self.market.organizations[_TRUSTEE],
                        content="\n".join(["编号,姓名,证件号,委托至", *rows]).encode(), actor=self.market.actors[_TRUSTEE])


def _number(born: str, order: str) -> str:
    stem = f"310104{born}{order}"
    return stem + mod_11_2.calc_check_digit(stem)
