"""The step to take after a verdict, with the command to copy."""

import shlex
from dataclasses import dataclass

from lib.core.sentry.sentryfacts import SETTINGS, Failure
from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingstates import Verdict
from lib.core.wording import told_apart


@dataclass(frozen=True)
class Step:
    """What to do next, and the command to copy, "" where there is none."""

    text: str
    command: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.text, self.command)))


NO_STEP = Step("")
ASK_SENTRY = Step("Ask Sentry again:", "python -m lib sentry-facts")
LOOK_AT_SDK = Step(
    "Its project takes events, so look at the service: whether init() runs before the errors, what before_send and its level "
    "leave out, and whether it may reach Sentry."
)
EXPORT_AGAIN = Step(
    "Export the logs again with their payloads and import them:",
    "gcloud logging read 'resource.type=\"cloud_run_revision\"' --freshness=1d --format=json > export.json",
)
STEPS = {
    Verdict.MISSING: "Add the SDK to what the image installs, deploy, and prove it with a marked event:",
    Verdict.DISABLED: "If that is not meant, switch Sentry on for this environment, deploy, and prove it with a marked event:",
    Verdict.MISCONFIGURED: "Correct the DSN or the call of init() as the line says, deploy, and prove it with a marked event:",
    Verdict.DROPPING: "Look at the project's quota, rate limits and filters in Sentry, then prove delivery with a marked event:",
    Verdict.DEGRADED: "Bring all traffic to one revision that delivers, and prove it with a marked event:",
    Verdict.UNVERIFIED: "Prove delivery with a marked event:",
}


def step_for(verdict: Verdict, case: Case) -> Step:
    """Return the next step for a verdict. Names come from logs, and the command is pasted into a shell."""
    told = told_apart(case.service, case.environment)
    words = ["--service", case.service, *(["--environment", case.environment] if told else [])]
    return Step(STEPS[verdict], f"python -m lib canary {shlex.join(words)}")


def step_after(failure: Failure) -> Step:
    """Return the step after a failed look-up."""
    if failure.what == SETTINGS:
        return Step(failure.hint)
    return Step(failure.hint or ASK_SENTRY.text, ASK_SENTRY.command)
