"""Model 模型: scores of a registered model; neither its weights nor the data it rests on are handed over."""

from __future__ import annotations

from compliance.taxonomy import DeliveryMode
from delivery.kinds.adapter import Way
from delivery.kinds.answered import ByService

__all__ = ["MODEL"]

MODEL = ByService(
    kind="model",
    name=("模型", "Model"),
    modes=(DeliveryMode.MODEL,),
    way=Way.SERVICE,
    arrives=("登记的模型对买方输入的评分", "Scores of the registered model on what the buyer puts in"),
    guarantees=(
        ("评分由登记的版本给出，版本以指纹固定", "Scores come from the registered version, pinned by its hash"),
        ("模型与所依据的数据不交出", "Neither the model nor the data it rests on is handed over"),
    ),
    limits=(
        ("评分可能有错，也可能有偏；不替代买方自己的判断", "A score may be wrong or biased; it does not replace the buyer's own judgement"),
        ("大量提问仍可能探出模型的一部分；限速只使它更难",
         "Many questions may still reveal a part of the model; limits only make it harder"),
    ),
    entitled=("买方按合同的用途与次数提问", "The buyer asks within the agreement's purpose and count"),
    metered=("一个评分计一次", "One score is one use"),
    ends=("到期、次数用尽、合同终止或规则变化时，新的提问被拒绝",
          "On expiry, exhaustion, end of agreement or changed rule, new questions are refused"),
)
