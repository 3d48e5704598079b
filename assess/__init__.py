"""The judge: stored facts and the configuration's rules become verdicts, for everybody."""
