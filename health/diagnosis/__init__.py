"""The FAQ as code: what to check first on an integration now, the probable cause, and whom to call."""

from health.diagnosis.cause import Diagnosis, Party, diagnose
from health.diagnosis.check import Check, Outcome

__all__ = ["Check", "Diagnosis", "Outcome", "Party", "diagnose"]
