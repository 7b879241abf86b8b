"""What the items say without a model.

KMO and Bartlett (`adequacy`), parallel analysis and MAP (`retention`), extraction and
rotation (`solution`), a general factor (`schmid_leiman`); `explore` does all of it.
"""

from survey_engine.assessment.exploratory.explore import ExploratoryChoice, explore

__all__ = ["ExploratoryChoice", "explore"]
