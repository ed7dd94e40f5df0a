"""Trials: `Trial` is one that runs, `FrozenTrial` what is known of one, `FixedTrial` one without a study."""

from espalier._frozen import FixedTrial, FrozenTrial, create_trial
from espalier._trial import BaseTrial, Trial, TrialState

__all__ = ["BaseTrial", "FixedTrial", "FrozenTrial", "Trial", "TrialState", "create_trial"]
