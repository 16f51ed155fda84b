"""What the laboratory refuses: rule, fact, way out, in both languages."""

from kit.rejected import Refusal, register_refusals

_ONE, _HOME, _RULE = "/desk/laboratory/{experiment}/", "/desk/laboratory/", "政策实验规则 第{}条"

register_refusals([
    Refusal("simulation.experiment.illegal_move", 409, ("此时不能这样做", "Not possible in this state"),
            ("实验现为“{state}”，可以做的是：{open_actions}。", "The experiment is {state}; open now: {open_actions}."),
            _RULE.format(2), ("查看实验页上的下一步", "See the next step on the experiment's page"), "/desk/laboratory/{subject}/"),
    Refusal("simulation.experiment.unfit", 400, ("实验不能这样运行", "The experiment cannot be run so"),
            ("有几处超出范围或不适用于这一场景。", "Some values are out of bounds or do not belong to this scenario."),
            _RULE.format(1), ("按各栏提示改正", "Mend the fields as they say")),
    Refusal("simulation.experiment.too_many", 422, ("同时运行的实验已满", "You have as many experiments under way as you may"),
            ("每人最多 {most} 项运行或暂停的实验，现有 {running} 项。",
             "One person has at most {most} experiments running or paused at a time; you have {running}."),
            _RULE.format(3), ("等一项完成，或取消一项", "Wait for one to finish, or cancel one"), _HOME),
    Refusal("simulation.experiment.too_dear", 422, ("计算量超过上限", "It asks for too much computing"),
            ("估计需要 {asked} 秒单核计算，每项实验最多 {most} 秒。",
             "It would take about {asked} seconds on one core; an experiment has at most {most}."),
            _RULE.format(3), ("减少重复次数、天数、参与者或组数", "Lower replications, days, agents or arms"), _HOME),
    Refusal("simulation.experiment.not_finished", 409, ("还没有报告", "There is no report yet"),
            ("实验 {experiment} 尚未完成。", "Experiment {experiment} is not finished."),
            _RULE.format(4), ("完成后再分享", "Share it once it is finished"), _ONE),
    Refusal("simulation.experiment.link_stands", 409, ("已经分享", "It is shared already"),
            ("实验 {experiment} 的链接仍然有效。", "The link of experiment {experiment} is open."),
            _RULE.format(4), ("撤回后可另作一个链接", "Take it back to make another"), _ONE),
    Refusal("simulation.experiment.no_link", 409, ("没有可撤回的链接", "There is no link to take back"),
            ("实验 {experiment} 没有分享。", "Experiment {experiment} is not shared."), _RULE.format(4),
            ("查看实验页", "See its page"), _ONE),
    Refusal("simulation.rule.nothing_barred", 422, ("这一版本没有使在售产品停牌", "This version holds nothing that is on sale"),
            ("按 {version}，在售产品都能继续交易，场景中没有可比较的差别。",
             "Under {version} everything on sale may go on; the scenarios would have nothing to compare."),
            _RULE.format(6), ("修改草稿后再试", "Change the draft and try again"), _HOME),
    Refusal("simulation.compare.not_alike", 422, ("这两项实验不能对比", "These two experiments cannot be compared"),
            ("对比的是两份不同的、已完成的报告。", "Two different reports that are finished are compared."),
            _RULE.format(5), ("选择两项已完成的实验", "Choose two finished experiments"), _HOME),
])
