"""A pool as its listing shows it, held against a check of each of its people."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.addresses import caseless
from bot.answer import Unread
from bot.aws import describe
from bot.cognito import Client, Directory, User
from bot.diagnosis import UNTOLD, Judged, Listed, Member, cases, name_key, shape_of

Call = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


def listed(call: Call, pool_id: str) -> Iterator[User]:
    """Yield everybody of a pool as ListUsers shows them."""
    token: dict[str, str] = {}
    while True:
        page = call("ListUsers", {"UserPoolId": pool_id, **token})
        yield from map(describe.user, page["Users"])
        if "PaginationToken" not in page:
            return
        token = {"PaginationToken": page["PaginationToken"]}


def judged(users: Iterable[User], directory: Directory) -> dict[str, Judged]:
    """Return what the listing tells of each user, by their sub."""
    pool = directory.pool
    judge = Listed(
        pool=pool,
        at=directory.at,
        providers={each.name: each for each in directory.providers()},
        client=_client(directory),
    )
    sharing, called = defaultdict[str, list[User]](list), defaultdict[str, list[User]](list)
    for user in users:
        sharing[caseless(user.email)].append(user)
        called[name_key(user)].append(user)
    found: dict[str, Judged] = {}
    for key, people in sharing.items():
        others = [each for each in called[key] if each not in people]
        if key and (len(people) > 1 or others):
            members = {each.sub: _member(each, key, directory) for each in people}
            counts = Counter(members.values())
            several = {each: replace(each, count=count) for each, count in counts.items()}
            result = judge.together(several.values(), [_member(each, key, directory) for each in others])
            found |= {sub: result[several[each]] for sub, each in members.items()}
        else:
            found |= {each.sub: judge.alone(shape_of(each, pool, directory.at)) for each in people}
    return found


def _member(user: User, key: str, directory: Directory) -> Member:
    name = user.username if caseless(user.username) == key else ""
    return Member(name=name, address=user.email, shape=shape_of(user, directory.pool, directory.at))


def disagreements(users: Iterable[User], directory: Callable[[], Directory]) -> list[str]:
    """Return where a check of somebody finds something else than the listing, which says nothing of that."""
    people = tuple(users)
    found = judged(people, directory())
    wrong = []
    for user in people:
        (case,) = cases((user,), directory())
        told = found[user.sub]
        if told.finding != case.cause and not told.doubts:
            wrong.append(f"{user.username}: the listing tells {told}, a check {case.cause}")
        assert told.finding != UNTOLD or told.doubts
    return wrong


def _client(directory: Directory) -> Client | None:
    try:
        return directory.client()
    except Unread:
        return None
