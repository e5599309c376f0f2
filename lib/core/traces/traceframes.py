"""What a stack trace is made of, and which frames are a team's own."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """One call: `own` is False for the language's and other people's code."""

    file: str
    function: str
    line: int
    own: bool


@dataclass(frozen=True)
class Raised:
    """One exception: frames outermost first; `explicit` when the one before it in its chain is its named cause."""

    type: str
    message: str
    frames: tuple[Frame, ...]
    explicit: bool = True


Chain = list[Raised]
"""Exceptions that came of one another, the innermost first."""

LIBRARY = re.compile(
    r"(?:site|dist)-packages|/lib/python|^<|/gems/|/lib/ruby/|node_modules|^node:|^internal/|/go/src/|/pkg/mod/|/vendor/|^runtime\b"
    r"|^(?:java|javax|jakarta|jdk|sun|com\.sun|kotlin|kotlinx|scala|akka|groovy|reactor|rx|okhttp3|feign|oracle|clojure)\."
    r"|^org\.(?:springframework|apache|hibernate|eclipse|junit|postgresql|slf4j|jboss|codehaus|glassfish|jetbrains|mongodb|redisson)\."
    r"|^io\.(?:netty|grpc|micrometer|opentelemetry|vertx|quarkus|ktor|lettuce|micronaut|undertow|reactivex|sentry)\."
    r"|^com\.(?:google|fasterxml|zaxxer|mysql|amazonaws|netflix|squareup|mongodb|microsoft|rabbitmq)\.|^ch\.qos\.|^redis\.clients\."
)


def is_own(place: str) -> bool:
    """Tell whether a file (or a Java class with its dot) is the team's own code: no runtime, no installed package."""
    return not LIBRARY.search(place)
