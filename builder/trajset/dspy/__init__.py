"""Sessions as examples for DSPy (the extra `dspy`).

from trajset.dspy import load, statistics

train, validation = load("~/.claude/projects", success=True)
optimizer = dspy.BootstrapFewShot(metric=metric)
program = optimizer.compile(dspy.Predict("task, context -> plan"), trainset=train)
"""

from trajset.dspy.examples import DspyError, Examples, load
from trajset.dspy.statistics import Statistics, statistics

__all__ = ["DspyError", "Examples", "Statistics", "load", "statistics"]
