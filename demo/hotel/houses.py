"""The four hotels of the group, and the handbook that every prompt about them starts with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class House:
    """One hotel."""

    key: str
    name: str
    city: str
    rooms: int


HOUSES = (
    House("harbour-house", "Harbour House", "Rotterdam", 124),
    House("old-mill", "The Old Mill", "Ghent", 38),
    House("alpine-lodge", "Alpine Lodge", "Innsbruck", 61),
    House("airport-court", "Airport Court", "Lyon", 210),
)

_RULES = (
    "Arrivals are welcome from three in the afternoon, and earlier when the room is ready.",
    "Departure is at eleven; a late check-out until two costs 25 € and is free for members.",
    "Breakfast is served from seven, on Sundays from eight, and is packed for early flights.",
    "Dogs stay for 18 € a night and are welcome everywhere but in the breakfast room.",
    "Offers are made in euros, include the city tax, and hold for forty-eight hours.",
    "Complaints are answered the same day, by name, and never with a template.",
    "Linen is changed every third day, or daily when the guest hangs out the green card.",
    "Rates move in steps of five euros and by no more than a fifth from one day to the next.",
)


def _chapter(house: House) -> str:
    rules = " ".join(f"{number}. {rule}" for number, rule in enumerate(_RULES, 1))
    return f"{house.name}, {house.city}, {house.rooms} rooms. {rules}"


HANDBOOK = "Handbook of the group.\n\n" + "\n\n".join(_chapter(house) for house in HOUSES * 3)
"""About 2,200 tokens: long enough for providers to cache it."""
