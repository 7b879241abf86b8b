"""A report that uses every block and every chart, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from survey_engine.document import blocks as b
from survey_engine.document.charts import (
    FlowBars,
    HeatTable,
    Histogram,
    IndexStrip,
    IntervalChart,
    LikertChart,
    PathDiagram,
    PriorityMap,
    StackedShares,
)
from survey_engine.document.charts.model import (
    Band,
    Bar,
    Edge,
    HeatCell,
    IntervalRow,
    LikertRow,
    MapMark,
    Mark,
    Node,
)

Say = Callable[[str, str], str]

GRID = {
    "IMAG": (0, 0),
    "EXPE": (0, 3),
    "QUAL": (1, 2),
    "VAL": (2, 3),
    "CUSA": (3, 1.5),
    "CUSCO": (4, 3),
    "CUSL": (4, 0),
}
PATHS = (
    ("IMAG", "EXPE", 0.50),
    ("IMAG", "CUSA", 0.18),
    ("IMAG", "CUSL", 0.20),
    ("EXPE", "QUAL", 0.56),
    ("EXPE", "VAL", 0.05),
    ("EXPE", "CUSA", 0.06),
    ("QUAL", "VAL", 0.56),
    ("QUAL", "CUSA", 0.51),
    ("VAL", "CUSA", 0.19),
    ("CUSA", "CUSCO", 0.52),
    ("CUSA", "CUSL", 0.48),
    ("CUSCO", "CUSL", -0.06),
)


def names(say: Say) -> dict[str, str]:
    return {
        "IMAG": say("Image", "品牌形象"),
        "EXPE": say("Expected quality", "预期质量"),
        "QUAL": say("Perceived quality", "感知质量"),
        "VAL": say("Perceived value", "感知价值"),
        "CUSA": say("Satisfaction", "顾客满意度"),
        "CUSCO": say("Complaints", "顾客抱怨"),
        "CUSL": say("Loyalty", "顾客忠诚度"),
    }


def path_diagram(say: Say) -> PathDiagram:
    words = names(say)
    score = {"IMAG": "74.1", "EXPE": "75.8 · R² .25", "CUSA": "71.2 · R² .68"}
    nodes = tuple(
        Node(
            id=name,
            label=words[name],
            second_line=score.get(name, "68.9 · R² .34"),
            column=column,
            row=row,
            emphasis=name == "CUSA",
        )
        for name, (column, row) in GRID.items()
    )
    return PathDiagram(
        nodes=nodes,
        edges=tuple(
            Edge(
                source=source,
                target=target,
                value=value,
                label=f"{value:.2f}".replace("0.", ".").replace("-", "−"),
                significant=abs(value) > 0.1,
            )
            for source, target, value in PATHS
        ),
    )


def index_strip(say: Say) -> IndexStrip:
    return IndexStrip(
        value=71.2,
        lower=69.0,
        upper=73.3,
        minimum=0,
        maximum=100,
        bands=(
            Band(lower=0, upper=60, label=say("at risk", "流失风险")),
            Band(lower=60, upper=75, label=say("fair", "一般")),
            Band(lower=75, upper=100, label=say("strong", "稳固")),
        ),
        marks=(
            Mark(value=70.2, label=say("2025 wave 70.2", "2025年 70.2")),
            Mark(value=71.6, label=say("sector 71.6", "行业 71.6")),
            Mark(value=77.9, label=say("leader 77.9", "标杆 77.9")),
        ),
        value_text="71.2",
        interval_text=say("95% interval 69.0 to 73.3", "95%置信区间 69.0~73.3"),
    )


def interval_chart(say: Say) -> IntervalChart:
    words = names(say)
    rows = (
        ("QUAL", 3.1, 2.4, 3.8),
        ("VAL", 1.6, 1.1, 2.1),
        ("IMAG", 1.2, 0.6, 1.8),
        ("EXPE", 0.3, -0.2, 0.8),
    )
    return IntervalChart(
        rows=tuple(
            IntervalRow(
                label=words[name],
                est=est,
                lower=low,
                upper=high,
                text=f"{est:+.1f} [{low:.1f}, {high:.1f}]".replace("-", "−"),
                hollow=low < 0,
            )
            for name, est, low, high in rows
        ),
        axis_label=say(
            "points of satisfaction per +5 points", "驱动因素每提高5分，满意度变动（分）"
        ),
        zero_line=True,
    )


def score_chart(say: Say) -> IntervalChart:
    words = names(say)
    return IntervalChart(
        rows=tuple(
            IntervalRow(
                label=word,
                est=60 + 3 * index,
                lower=58 + 3 * index,
                upper=62.5 + 3 * index,
                text=f"{60 + 3 * index:.1f}",
                emphasis=name == "CUSA",
            )
            for index, (name, word) in enumerate(words.items())
        ),
        axis_label=say("score, 0–100", "得分（0–100）"),
        minimum=0,
        maximum=100,
        reference=Mark(value=69, label=say("mean 69.0", "平均 69.0")),
    )


def priority_map(say: Say) -> PriorityMap:
    words = names(say)
    points = (
        ("QUAL", 3.1, 0.7, 68.4, 1.4, True),
        ("VAL", 1.6, 0.5, 65.2, 1.4, True),
        ("EXPE", 0.3, 0.5, 77.6, 1.1, False),
        ("IMAG", 1.2, 0.6, 75.3, 1.3, False),
    )
    return PriorityMap(
        points=tuple(
            MapMark(
                label=words[name],
                x=x,
                x_lower=x - dx,
                x_upper=x + dx,
                y=y,
                y_lower=y - dy,
                y_upper=y + dy,
                attention=attention,
            )
            for name, x, dx, y, dy, attention in points
        ),
        x_label=say(
            "importance: points of satisfaction per +5 points",
            "重要性：每提高5分，满意度变动（分）",
        ),
        y_label=say("performance, 0–100", "表现（0–100）"),
        x_mean=1.55,
        y_mean=71.6,
        quadrant_labels={
            "improve_first": say("Improve first", "优先改进"),
            "keep_up": say("Keep up", "继续保持"),
            "secondary": say("Secondary", "次要机会"),
            "possible_overkill": say("Possible overkill", "供给过度"),
        },
    )


ITEM_WORDS = (
    (
        "It is a reputable company that keeps its promises to customers",
        "该品牌言行一致，值得信赖",
    ),
    ("Overall quality of the service", "服务的总体质量"),
    ("Clarity of the information provided", "信息清晰易懂"),
    ("Price given the quality", "以这样的质量，价格合理"),
    ("Would recommend to friends or colleagues", "愿意推荐给亲友或同事"),
    ("Reliability of products and services offered", "产品和服务稳定可靠"),
)
SHARES = (
    (0.03, 0.07, 0.20, 0.40, 0.30),
    (0.05, 0.12, 0.25, 0.36, 0.22),
    (0.02, 0.05, 0.15, 0.43, 0.35),
    (0.11, 0.17, 0.28, 0.28, 0.16),
    (0.01, 0.03, 0.08, 0.30, 0.58),
    (0.06, 0.14, 0.21, 0.41, 0.18),
)


def likert_chart(say: Say) -> LikertChart:
    return LikertChart(
        rows=tuple(
            LikertRow(
                label=say(*label),
                shares=shares,
                share_labels=tuple(f"{100 * share:.0f}" for share in shares),
                n_text=str(250 - index),
                mean_text=f"{7.9 - index / 5:.1f}",
                extra_text=f"{index / 10:.1f}%",
            )
            for index, (label, shares) in enumerate(zip(ITEM_WORDS, SHARES, strict=True))
        ),
        category_labels=("1–2", "3–4", "5–6", "7–8", "9–10"),
        neutral=2,
        n_label=say("n", "有效样本"),
        mean_label=say("mean", "均值"),
        extra_label=say("don’t know", "不清楚"),
    )


def stacked_shares(say: Say) -> StackedShares:
    rows = (
        (say("All customers", "全部顾客"), (0.18, 0.40, 0.42), 24, 20, 28),
        (say("Online", "线上"), (0.36, 0.40, 0.24), -12, -20, -4),
    )
    return StackedShares(
        rows=tuple(
            LikertRow(
                label=label,
                shares=shares,
                share_labels=tuple(f"{100 * share:.0f}%" for share in shares),
                n_text="",
                mean_text="",
            )
            for label, shares, *_ in rows
        ),
        category_labels=(
            say("detractors 0–6", "贬损者 0–6"),
            say("passives 7–8", "被动者 7–8"),
            say("promoters 9–10", "推荐者 9–10"),
        ),
        intervals=tuple(
            IntervalRow(
                label=label,
                est=est,
                lower=low,
                upper=high,
                text=f"{est:+d}".replace("-", "−"),
            )
            for label, _, est, low, high in rows
        ),
        interval_label=say("NPS with 95% interval", "NPS及95%置信区间"),
    )


def flow_bars(say: Say) -> FlowBars:
    return FlowBars(
        bars=(
            Bar(label=say("Invited", "受邀"), value=1200, text="1,200"),
            Bar(label=say("Started", "开始作答"), value=431, text="431 (35.9%)"),
            Bar(
                label=say("Completed and kept", "完成且有效"),
                value=250,
                text="250 (20.8%)",
                emphasis=True,
            ),
        )
    )


def histogram(say: Say) -> Histogram:
    heights = (3, 5, 9, 14, 22, 38, 61, 52, 30, 16)
    return Histogram(
        bars=tuple(Bar(label="", value=height, text=str(height)) for height in heights),
        axis_label=say("satisfaction score of each customer", "每位顾客的满意度得分"),
        marks=(Mark(value=71.2, label=say("mean 71.2", "平均 71.2")),),
        lower=0,
        upper=100,
    )


def heat_table(say: Say) -> HeatTable:
    words = list(names(say).values())
    return HeatTable(
        row_labels=tuple(words),
        column_labels=tuple(words),
        cells=tuple(
            tuple(
                HeatCell(
                    value=None if column > row else 0.3 + 0.09 * ((row * 7 + column * 3) % 7),
                    text="" if column > row else f".{30 + 9 * ((row * 7 + column * 3) % 7)}",
                    flag=(row, column) == (4, 2),
                )
                for column in range(7)
            )
            for row in range(7)
        ),
    )


def figure(chart: object, title: str, say: Say) -> b.ChartBlock:
    return b.ChartBlock(
        title=title,
        subtitle=say("what the marks mean, in one line", "一句话说明图中符号的含义"),
        alt=title,
        base=say("n = 250 customers, all interviews", "有效样本 250位顾客"),
        interval_method=say(
            "95% bootstrap interval (10,000 resamples)",
            "Bootstrap（重复抽样）95%置信区间，10000次",
        ),
        chart=chart,  # type: ignore[arg-type]
    )


def findings(say: Say) -> b.FindingList:
    def finding(headline: str, detail: str, link: str) -> b.Finding:
        return b.Finding(
            rule="sample",
            headline=headline,
            detail=detail,
            evidence={"est": 3.1},
            uncertainty=say("Total effect, 95% interval", "总效应，95%置信区间"),
            base=250,
            link=link,
        )

    return b.FindingList(
        findings=(
            finding(
                say("Perceived quality is the strongest driver.", "感知质量的影响最大。"),
                say(
                    "A 5-point rise goes with +3.1 [2.4, 3.8] points of satisfaction.",
                    "感知质量每提高5分，满意度相应提高3.1分（误差范围 ±0.7分）。",
                ),
                "drivers",
            ),
            finding(
                say("Perceived value matters and lags.", "感知价值影响大而得分低。"),
                say(
                    "It scores 65.2 [63.8, 66.6] against a driver average of 71.6, so this is "
                    "where the next step has the most room.",
                    "得分65.2分（误差范围 ±1.4分）,低于驱动因素平均水平，改进空间最大。",
                ),
                "priorities",
            ),
            finding(
                say("No evidence of change since 2025.", "与2025年相比变化不显著。"),
                say(
                    "The index moved by +1.0 [−0.9, 2.9] points.",
                    "指数变动 +1.0分，误差范围包含零。",
                ),
                "index",
            ),
        )
    )


def tiles(say: Say) -> b.TileRow:
    def tile(label: str, value: str) -> b.Tile:
        return b.Tile(
            label=label,
            value=value,
            interval=say("95% interval 69.0 to 73.3", "95%置信区间 69.0~73.3"),
            remark=say("change not significant", "变化不显著"),
        )

    return b.TileRow(
        tiles=(
            tile(say("Satisfaction index", "顾客满意度指数"), "71.2"),
            tile(say("Loyalty", "顾客忠诚度"), "68.9"),
            tile("NPS", "+24"),
            tile(say("Satisfied share", "满意率"), "43%"),
        )
    )


def table(say: Say, *, rows: int, dense: bool) -> b.TableBlock:
    words = list(names(say).values())
    body = tuple(
        (words[i % 7], str(2 + i % 4), f".{70 + i % 25}", f".{60 + i % 30}", f".{48 + i % 25}")
        for i in range(rows)
    )
    return b.TableBlock(
        title=say("Measurement quality", "测量质量"),
        columns=(
            b.Column(head=say("Construct", "潜变量"), align="left"),
            b.Column(head=say("Questions", "题数")),
            b.Column(head="α"),
            b.Column(head="ρ"),
            b.Column(head="AVE"),
        ),
        rows=body,
        flags={(0, 4): "fail", (2, 2): "caution", (4, 3): "strong"},
        note=say(
            "✗ below its cut-off; △ close to it. Cut-offs: α ≥ .70, AVE ≥ .50.",
            "✗ 未达标；△ 接近标准。标准：α ≥ .70,AVE ≥ .50。",
        ),
        dense=dense,
    )


def actions(say: Say) -> b.ActionList:
    def card(rank: int) -> b.ActionCard:
        return b.ActionCard(
            rank=rank,
            title=say("Make the offer worth its price", "让顾客觉得物有所值"),
            why=say(
                "Value matters more than the average driver and scores below it.",
                "感知价值的影响高于平均水平，而得分低于平均水平。",
            ),
            gain=say(
                "+5 points go with +1.6 [1.1, 2.1] points",
                "每提高5分，满意度提高1.6分（1.1~2.1）",
            ),
            conditions=say(
                "Association within the model; effects overlap and do not add up.",
                "模型内的相关关系；各项影响有重叠，不可相加。",
            ),
        )

    return b.ActionList(cards=(card(1), card(2)))


def reading(say: Say) -> tuple[b.Block, ...]:
    entry = (
        say("Interval", "置信区间"),
        say(
            "The range the data support: with 95 of 100 surveys like this one it would hold "
            "the true value.",
            "数据支持的范围：若同样的调查做一百次，约有九十五次会包含真实值。",
        ),
    )
    return (
        b.DefinitionList(title=say("Words", "术语"), entries=(entry,) * 4),
        b.Paragraph(text=say("A part of its own", "单独一节"), style="subheading"),
        b.Paragraph(text=entry[1]),
        b.Paragraph(
            text=say("The fit is poor: read paths with care.", "模型拟合较差，请谨慎解读。"),
            style="warning",
        ),
        b.Paragraph(text=entry[1], style="note"),
    )


def questions(say: Say) -> tuple[b.Block, ...]:
    return tuple(
        b.QuestionBlock(
            number=str(index + 1),
            item=f"CUSA{index + 1}",
            text=say(*label),
            low=say("not at all", "完全不同意"),
            high=say("completely", "完全同意"),
            codes=tuple(str(code) for code in range(1, 11)),
            dont_know=say("don’t know", "不清楚"),
        )
        for index, label in enumerate(ITEM_WORDS)
    )


def sections(say: Say) -> tuple[b.Section, ...]:
    def section(
        name: str, words: tuple[str, str], *blocks: b.Block, **more: object
    ) -> b.Section:
        kicker, title = say(*words).split("|")
        return b.Section(id=name, kicker=kicker, title=title, blocks=blocks, **more)  # type: ignore[arg-type]

    return (
        section(
            "summary",
            (
                "Summary|Satisfaction stands at 71.2; value has the most room",
                "核心结论|顾客满意度指数71.2分，感知价值改进空间最大",
            ),
            tiles(say),
            figure(index_strip(say), say("Where the index stands", "指数所处位置"), say),
            findings(say),
            lead=say(
                "The index is level with the sector. Two drivers matter more than the rest.",
                "指数与行业持平，“质量”与“价值”两项影响最大。",
            ),
        ),
        section(
            "reading", ("How to read|What the words mean", "阅读说明|术语的含义"), *reading(say)
        ),
        section(
            "answered",
            ("Who answered|250 of 1,200 customers answered", "受访者|1200位顾客中有250位作答"),
            figure(flow_bars(say), say("From invitation to answer", "从受邀到作答"), say),
            starts_page=False,
        ),
        section(
            "index",
            ("The index|Half of the customers score above 73", "满意度指数|半数顾客高于73分"),
            figure(histogram(say), say("Spread of the scores", "得分分布"), say),
            figure(score_chart(say), say("All scores", "各项得分"), say),
        ),
        section(
            "drivers",
            ("Drivers|Quality moves satisfaction most", "驱动因素|感知质量影响最大"),
            figure(interval_chart(say), say("Total effects", "总效应"), say),
            figure(path_diagram(say), say("The model", "结构模型"), say),
        ),
        section(
            "priorities",
            ("Priorities|Start with quality and value", "优先改进|先从质量与价值入手"),
            figure(
                priority_map(say), say("Importance–performance map", "重要性—表现矩阵"), say
            ),
            actions(say),
        ),
        section(
            "items",
            ("Questions|Recommendation leads, price trails", "各题结果|推荐意愿最高，价格最低"),
            figure(likert_chart(say), say("Answers in percent", "作答分布(%)"), say),
            figure(stacked_shares(say), say("Recommendation", "推荐意愿"), say),
        ),
        section(
            "measurement",
            ("Measurement|The yardstick holds, with one exception", "测量质量|除一项外均达标"),
            table(say, rows=7, dense=False),
            figure(heat_table(say), say("HTMT ratios", "HTMT比率"), say),
        ),
        section(
            "tables",
            ("Appendix|All numbers", "附录|全部数据"),
            table(say, rows=60, dense=True),
            appendix=True,
        ),
        section(
            "wide",
            ("Appendix|A wide page", "附录|横向页面"),
            table(say, rows=12, dense=False),
            appendix=True,
            landscape=True,
        ),
        section(
            "questionnaire",
            ("Appendix|The questionnaire", "附录|问卷"),
            *questions(say),
            appendix=True,
        ),
    )


def sample_document(language: str) -> b.ReportDocument:
    def say(english: str, chinese: str) -> str:
        return chinese if language == "zh" else english

    return b.ReportDocument(
        language=language,
        title=say("Customer satisfaction 2026", "2026年顾客满意度研究"),
        subtitle=say("What customers think and what moves them", "顾客的评价与影响因素"),
        client=say("Mobile operator", "移动通信运营商"),
        prepared_by=say("Prepared by the insights team", "市场洞察部"),
        date_line=say("June 2026", "2026年6月"),
        confidentiality=say("Confidential", "内部资料，请勿外传"),
        contents_title=say("Contents", "目录"),
        footer=say("Model ecsi · data 4f2a9c", "模型 ecsi · 数据 4f2a9c"),
        page_word=say("page", "页"),
        sections=sections(say),
        meta={"base": say("250 customers", "250位顾客")},
    )


def templates() -> dict[str, str]:
    folder = REPOSITORY / "reports" / "templates"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.j2"))
    }


def style_sheet() -> str:
    folder = REPOSITORY / "reports" / "css"
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.css")))


REPOSITORY = Path(__file__).resolve().parents[2]
