"""The charts: frozen values that draw themselves as SVG text, one file a chart."""

from survey_engine.document.charts.base import Chart, Theme
from survey_engine.document.charts.flow_bars import FlowBars, Funnel
from survey_engine.document.charts.heat_table import HeatTable
from survey_engine.document.charts.histogram import Histogram
from survey_engine.document.charts.index_strip import IndexStrip
from survey_engine.document.charts.interval_chart import IntervalChart
from survey_engine.document.charts.likert_chart import LikertChart
from survey_engine.document.charts.path_diagram import PathDiagram
from survey_engine.document.charts.path_layout import layered_grid
from survey_engine.document.charts.priority_map import PriorityMap
from survey_engine.document.charts.stacked_shares import StackedShares

__all__ = [
    "Chart",
    "FlowBars",
    "Funnel",
    "HeatTable",
    "Histogram",
    "IndexStrip",
    "IntervalChart",
    "LikertChart",
    "PathDiagram",
    "PriorityMap",
    "StackedShares",
    "Theme",
    "layered_grid",
]
