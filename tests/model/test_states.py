"""The state tables: complete, closed, and the only judge of what may follow."""

from pathlib import Path

import pytest

from core.model.transitions import (
    TABLES,
    TRANSITIONAL,
    IllegalTransition,
    admits,
    diagram,
    next_state,
)

DIAGRAMS = Path("docs/states.md")
KINDS = sorted(TABLES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_leads_where_it_says(kind: str) -> None:
    """Walking the table row by row gives each row's target."""
    for (state, event), target in TABLES[kind].items():
        assert admits(kind, state, event)
        assert next_state(kind, state, event, "x") is target


@pytest.mark.parametrize("kind", KINDS)
def test_events_without_a_row_are_illegal(kind: str) -> None:
    """Every pair that the table lacks is refused, and names the object."""
    states = {state for state, _ in TABLES[kind]} | set(TABLES[kind].values())
    events = {event for _, event in TABLES[kind]}
    missing = [(s, e) for s in states for e in events if (s, e) not in TABLES[kind]]
    assert missing
    for state, event in missing:
        assert not admits(kind, state, event)
        with pytest.raises(IllegalTransition) as refusal:
            next_state(kind, state, event, "x")
        assert refusal.value.object == f"{kind}/x"


@pytest.mark.parametrize("kind", sorted(TRANSITIONAL))
def test_every_transitional_state_has_a_way_out(kind: str) -> None:
    """Nothing can be stuck by the table itself."""
    for state in TRANSITIONAL[kind]:
        targets = {target for (source, _), target in TABLES[kind].items() if source == state}
        assert targets, f"{kind} cannot leave {state}"


def test_the_documented_diagrams_are_current() -> None:
    """They are generated; run the command in the file's head to renew them."""
    parts = [f"## {kind}\n```mermaid\n{diagram(kind)}```\n" for kind in KINDS]
    head = "# States\nGenerated from the tables of `core/model/transitions.py`.\n\n"
    assert DIAGRAMS.read_text() == head + "\n".join(parts)
