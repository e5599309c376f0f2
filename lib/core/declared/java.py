"""The text of Maven's and Gradle's files: dependencies by name, and their versions where they are written out."""

import re
import xml.etree.ElementTree as ET
from typing import Final

from lib.core.declared.model import CONSTRAINT, MAIN, BadManifest, Dependency, Reading, as_table, as_text
from lib.core.declared.pyproject import load_toml

_PROPERTY: Final = re.compile(r"\$\{([\w.-]{1,200})\}")


def load_xml(text: str) -> ET.Element:
    """Return an XML document without namespaces. Errors: BadManifest; one with a document type is refused, not expanded."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadManifest("declares a document type, which is not read")
    try:
        root = ET.fromstring(text)  # noqa: S314 what can be dangerous was refused above
    except (ET.ParseError, ValueError, RecursionError) as e:
        raise BadManifest("is no valid XML") from e
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    return root


def parse_pom(text: str) -> Reading:
    """Return what a pom.xml declares; what it only manages is a constraint, what its plugins need is theirs."""
    root = load_xml(text)
    values = {node.tag: (node.text or "").strip() for node in root.iterfind("properties/*")}
    found = [_to_maven(node, values, MAIN) for node in root.iterfind("dependencies/dependency")]
    found += [_to_maven(node, values, CONSTRAINT) for node in root.iterfind("dependencyManagement/dependencies/dependency")]
    for profile in root.iterfind("profiles/profile"):
        scope = f"profile {profile.findtext('id', 'unnamed').strip()}"
        found += [_to_maven(node, values, scope) for node in profile.iterfind("dependencies/dependency")]
    return Reading(tuple(found))


def _to_maven(node: ET.Element, values: dict[str, str], scope: str) -> Dependency:
    group, artifact, version = (
        _PROPERTY.sub(lambda m: values.get(m[1], m[0]), node.findtext(tag, "").strip())
        for tag in ("groupId", "artifactId", "version")
    )
    if node.findtext("scope", "").strip() == "test" and scope == MAIN:
        scope = "test"
    return _to_dependency(f"{group}:{artifact}", version, scope)


def _to_dependency(name: str, version: str, scope: str) -> Dependency:
    exact = version if re.fullmatch(r"\d[\w.+-]*", version) and "+" not in version else ""
    return Dependency("java", name, f"{name}:{version}" if version else name, version=exact, specifier=version, scope=scope)


# A string, or a comment: whichever begins first decides what the other's signs mean.
_TOKENS: Final = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|/\*.*?\*/", re.DOTALL)
_WORD: Final = (
    r"\b(?:[a-z][A-Za-z]{0,40}?)??"
    r"(?:implementation|api|compile|compileOnly|runtime|runtimeOnly|Implementation|Api|Compile|RuntimeOnly)\b"
)
_OPEN: Final = r"[ \t(]{1,20}(?:(?:platform|enforcedPlatform|project\.dependencies\.platform)[ \t]*\([ \t]*)?"
_COORDINATES: Final = re.compile(rf"{_WORD}{_OPEN}[\"']([\w.-]+:[\w.-]+)(?::([^\"'\n:@]{{1,100}}))?[^\"'\n]{{0,100}}[\"']")
_NAMED: Final = re.compile(
    rf"{_WORD}{_OPEN}group[ ]?[:=][ ]?[\"']([\w.-]+)[\"'],[ ]*name[ ]?[:=][ ]?[\"']([\w.-]+)[\"']"
    r"(?:,[ ]*version[ ]?[:=][ ]?[\"']([^\"'\n]{1,100})[\"'])?"
)
_ALIAS: Final = re.compile(rf"{_WORD}{_OPEN}libs\.((?:\w+\.)*\w+)")
_PLUGIN: Final = re.compile(
    r"\bid[ \t(]{1,10}[\"'](io\.sentry\.[\w.]+)[\"'][ \t)]{0,10}(?:version[ \t(]{1,10}[\"']([^\"'\n]{1,100})[\"'])?"
)


def parse_gradle(text: str) -> Reading:
    """Return what a build.gradle or build.gradle.kts names in a configuration. A catalog's alias becomes the name "libs.…"."""
    plain = _TOKENS.sub(lambda m: m[0] if m[0][0] in "\"'" else " ", text)
    found = [_to_dependency(m[1], m[2] or "", _scope(m[0])) for m in _COORDINATES.finditer(plain)]
    found += [_to_dependency(f"{m[1]}:{m[2]}", m[3] or "", _scope(m[0])) for m in _NAMED.finditer(plain)]
    found += [Dependency("java", f"libs.{m[1]}", f"libs.{m[1]}", scope=_scope(m[0])) for m in _ALIAS.finditer(plain)]
    found += [_to_dependency(m[1], m[2] or "", MAIN) for m in _PLUGIN.finditer(plain)]
    return Reading(tuple(found))


def _scope(words: str) -> str:
    return "test" if re.match(r"test|androidTest", words) else MAIN


def parse_catalog(text: str) -> Reading:
    """Return the libraries of a version catalog: names and versions that a build file may use, so nothing is installed by it."""
    document = load_toml(text)
    versions = as_table(document.get("versions"), "versions")
    found = [_to_library(alias, value, versions) for alias, value in as_table(document.get("libraries"), "libraries").items()]
    return Reading(tuple(found))


def _to_library(alias: str, value: object, versions: dict[str, object]) -> Dependency:
    if isinstance(value, str):
        group, _, rest = value.partition(":")
        artifact, _, version = rest.partition(":")
        name = f"{group}:{artifact}"
    else:
        table = as_table(value, alias)
        name = as_text(table.get("module")) or f"{as_text(table.get('group'))}:{as_text(table.get('name'))}"
        wanted = table.get("version")
        version = as_text(versions.get(as_text(wanted.get("ref")))) if isinstance(wanted, dict) else as_text(wanted)
    made = _to_dependency(name, version, CONSTRAINT)
    return Dependency(
        "java", name, made.text, (), made.version, made.specifier, CONSTRAINT, marker=f"libs.{re.sub('[-_]', '.', alias)}"
    )
