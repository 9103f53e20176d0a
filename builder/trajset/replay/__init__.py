"""Preference pairs from teachers' answers to states. No model is called here.

states = trajset.trace_states(place)              # or a file, or a dataset folder
answers = replay.read_answers(Path("answers.jsonl"))
rows = list(replay.pairs(states, answers))
"""

from trajset.replay.answers import Answer, ReplayError, read_answers
from trajset.replay.pairs import Replayed, pairs
from trajset.replay.states import read_states

__all__ = ["Answer", "ReplayError", "Replayed", "pairs", "read_answers", "read_states"]
