"""Three questionnaires of nobody's library, made here: what their answers must lead to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

N = 240


def _answers(
    rng: np.random.Generator, common: np.ndarray, load: float, points: int
) -> np.ndarray:
    """Answers 1..points that share a common cause with `load`."""
    z = load * common + np.sqrt(1 - load**2) * rng.normal(size=common.size)
    return np.clip(np.floor((z + 2.5) / 5 * points), 0, points - 1).astype(int) + 1


def chinese_matrix(folder: Path) -> Path:
    """A five-point matrix in numbers, with a number for "don't know" and contacts."""
    rng = np.random.default_rng(7)
    common = rng.normal(size=N)
    table = pd.DataFrame({"序号": range(1, N + 1), "来自IP": "10.1.2.3(北京)"})
    table["1、您的性别？"] = rng.choice(["男", "女"], N)
    blocks = {
        "2、请对以下各方面进行评分（1-5分）": [
            ("菜品口味", 0.75), ("上菜速度", 0.7), ("服务员的态度", 0.75), ("环境卫生", 0.7),
            ("价格是否合理", 0.75), ("性价比", 0.75),
        ],
        "3、请评价本店（1-5分）": [
            ("总体而言，您对本店的满意程度", 0.85), ("与您的期望相比", 0.8),
            ("与理想中的餐厅相比", 0.8),
        ],
        "4、以下说法与您相符的程度（1-5分）": [
            ("下次聚餐还会选择本店", 0.8), ("会把本店推荐给朋友", 0.8),
        ],
    }  # fmt: skip
    for stem, rows in blocks.items():
        for row, load in rows:
            table[f"{stem}—{row}"] = _answers(rng, common, load, 5)
    table.iloc[:8, 3] = 99
    path = folder / "canting.csv"
    table.to_csv(path, index=False)
    return path


def mixed_scales(folder: Path) -> Path:
    """English, every question on a scale of its own, one of them worded the other way."""
    rng = np.random.default_rng(8)
    common = rng.normal(size=N)
    table = pd.DataFrame(
        {
            "id": range(1001, 1001 + N),
            "Q1 How would you rate our staff? (1-5)": _answers(rng, common, 0.75, 5),
            "Q2 How would you rate the delivery speed? (1-5)": _answers(rng, common, 0.5, 5),
            "Q3 The app is often slow (1-5)": 6 - _answers(rng, common, 0.5, 5),
            "Q4 How good value for money was it? (1-7)": _answers(rng, common, 0.6, 7),
            "Q5 Overall, how satisfied are you with us? (1-10)": _answers(rng, common, 0.9, 10),
            "Q6 How likely are you to recommend us? (0-10)": _answers(rng, common, 0.7, 11) - 1,
            "Region": rng.choice(["North", "South"], N),
            "E-mail": [f"someone{i}@example.org" for i in range(N)],
            "Any comments?": [f"remark number {i}" for i in range(N)],
        }
    )
    path = folder / "shop.csv"
    table.to_csv(path, index=False)
    return path


def three_ratings(folder: Path) -> Path:
    """Recommendation and three ratings by hand: 100 answers whose scores are plain."""
    table = pd.DataFrame(
        {
            "How likely are you to recommend us to a friend?": (
                [10] * 30 + [9] * 20 + [8] * 20 + [7] * 10 + [5] * 12 + [0] * 8
            ),
            "Staff": [5] * 40 + [4] * 20 + [3] * 20 + [2] * 10 + [1] * 10,
            "Rooms": [4] * 50 + [3] * 25 + [1] * 25,
            "Breakfast": [5] * 100,
        }
    )
    table.loc[90:, "Breakfast"] = [1, 2, 3, 4, 4, 4, 4, 4, 4, 4]
    path = folder / "hotel.csv"
    table.to_csv(path, index=False)
    return path
