"""What the checklist says to do, by check and by indicator (message ids)."""

from collections.abc import Mapping

from core.i18n import N_
from core.records import ErrorClass

SIGHTED = "collector_sighted"
"""The check whether sources are seen."""

NOT_SEEN = N_("The monitor does not see its source; the integration itself may be well")
"""What it means where that fails."""

TITLES: Mapping[str, str] = {
    "target_log": N_("Errors in Butterboard's log"),
    "source_log": N_("Errors in the other system's log"),
    "key_valid": N_("Key valid"),
    "limits_respected": N_("Rate limits respected"),
    "file_as_agreed": N_("File as agreed"),
    "schedule_kept": N_("Schedule kept"),
    "manager_known": N_("Managers and other references known"),
    "collector_sighted": N_("Collectors see their sources"),
}
"""The questions of the FAQ, in the order in which they are asked."""

NEXT_STEPS: Mapping[str, str] = {
    "target_log": N_("Open the failed run or the failed records: the error says which record to look at."),
    "source_log": N_("Ask the customer's administrator to look at that system's log at this time."),
    "key_valid": N_(
        "Ask the customer for a new key, put it where the integration reads it, then look again."
    ),
    "limits_respected": N_("See who spends the limit; move large batches to after its reset."),
    "file_as_agreed": N_("Send the customer what is wrong with the file, and ask for it again."),
    "files_too_often": N_(
        "Ask the customer why more files came than agreed: stop the extra export, or agree on more a day."
    ),
    "schedule_kept": N_("Check that the scheduler on the customer's side is running and was not moved."),
    "manager_known": N_("Ask the customer to send the missing record first; the others then go through."),
    "collector_sighted": N_("See the collectors on System: the error says what to mend."),
}
"""What to do first where a check fails."""

ADVICE: Mapping[str, str] = {
    "credential_expires_in_seconds": N_("Agree with the customer on the day when the key is replaced."),
    "consecutive_failures": N_("Open the last failed run: its error says which side to look at."),
    "run_failure_ratio": N_("Compare the failed runs: one cause, or many?"),
    "zero_records": N_("Check that the source still delivers data: an empty input often looks like success."),
    "record_volume_deviation": N_("Ask the customer whether so many records are right today."),
    "record_failure_ratio": N_("Open the failed records: they are grouped by cause."),
    "api_error_ratio": N_("Open the API tab: 4xx points to the caller, 5xx to the side that answers."),
    "api_latency_p95_seconds": N_("Open the API tab and find the slow endpoint; tell the side that answers."),
    "error_budget_burn": N_("Mend the cause first: at this pace the promise will be broken."),
    "run_staleness_seconds": N_("Ask the customer whether the integration is still meant to run."),
    "run_duration_p95_seconds": N_("Compare the number of records: more data, or a slower side?"),
    "poll_staleness_seconds": N_("See the collectors on System: what cannot be seen cannot be judged."),
}
"""What to do first where a rule warns that no question of the FAQ covers."""

_KEY_OF_THE_SOURCE = N_(
    "Give the source a key that is valid and may read this; ask the customer whether the integration's own key was changed too."
)
_REACH = N_(
    "Check that the system runs, and that its address is reached from this machine: name, network, firewall."
)

OF_A_SOURCE: Mapping[ErrorClass, str] = {
    ErrorClass.AUTHENTICATION: _KEY_OF_THE_SOURCE,
    ErrorClass.PERMISSION: _KEY_OF_THE_SOURCE,
    ErrorClass.RATE_LIMIT: N_(
        "Nothing at once: it is asked again when it may be. Where that happens often, look less often (`every`)."
    ),
    ErrorClass.TIMEOUT: _REACH,
    ErrorClass.CONNECTION: _REACH,
    ErrorClass.SERVER_ERROR: N_(
        "Tell those who run that system: it has a fault of its own. It is asked again by itself."
    ),
    ErrorClass.MAPPING: N_(
        "Compare the source's settings with that system: a table or a field was renamed or taken away."
    ),
}
"""What to do first about a source that cannot be read, by the class of its error, where more can be said than that."""

OF_A_SENDER = N_("See whether the job that sends still runs, and what its calls are answered.")
"""The same of a source that nobody reads, because it sends."""

OF_ITEMS = N_("See the bad items on System: each says what to map. A field may have been renamed over there.")
"""The same of a source that answers what its mapping does not fit."""
