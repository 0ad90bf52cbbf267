"""The model notices when somebody gets what isn't theirs: worlds are forged in which they did."""

from dataclasses import replace

import pytest

from tests.model.conftest import Peopled
from tests.model.oracle import (
    ADDRESS,
    FLAG,
    FREED,
    KEY,
    UNNAMED,
    Account,
    Deed,
    Record,
    Request,
    Violation,
    Written,
    judge,
)
from tests.model.world import MAILBOXES, Start

ALICE, CLEO, DORA, EMIL = "U0ALICE", "U0CLEO", "U0DORA", "U0EMIL"
ANA, TOM = "sub-of-ana", "sub-of-tom"
THEFT, HERS = "tom@example.net", "ana@example.com"
AT_THE_DESK, TICKET = Deed(at_the_desk=True), Deed(at_the_desk=True, ticket=1)
CARD = f"change the e-mail of ana-k to {THEFT}"


def account(sub: str, *, email: str, verified: bool = False, name: str = "") -> Account:
    keys = frozenset({email} if verified else ())
    return Account(
        sub=sub, name=name or ("ana-k" if sub == ANA else "tom-k"), email=email, verified=verified, keys=keys
    )


def record(*, votes: dict[str, str] | None = None, authors: frozenset[str] = frozenset({ALICE})) -> Record:
    made = Record(mailboxes=MAILBOXES, owners={ANA: "ana", TOM: "tom"}, chosen={ANA: {HERS}, TOM: {THEFT}})
    made.requests[1] = Request(authors, "change-email", ALICE, ANA, votes or {})
    return made


def broken(rule: str, before: tuple[Account, ...], after: tuple[Account, ...], deed: Deed, known: Record) -> None:
    with pytest.raises(Violation) as violation:
        judge({each.sub: each for each in before}, {each.sub: each for each in after}, deed, known)
    assert violation.value.rule == rule


def kept(before: tuple[Account, ...], after: tuple[Account, ...], deed: Deed, known: Record) -> None:
    judge({each.sub: each for each in before}, {each.sub: each for each in after}, deed, known)


BEFORE = (account(ANA, email=HERS, verified=True),)
STOLEN = (account(ANA, email=THEFT, verified=True),)


@pytest.mark.parametrize(
    "votes",
    [
        {},
        {DORA: CARD},
        {DORA: CARD, ALICE: CARD},
        {DORA: CARD, EMIL: f"change the e-mail of somebody else to {THEFT}"},
        {DORA: CARD, EMIL: "change the e-mail of ana-k to another address"},
    ],
    ids=["nobody", "one lead", "one lead and the one who asked", "another account", "another address"],
)
def test_a_strangers_mailbox_is_let_in_by_nothing_less_than_two_leads_who_saw_it(votes: dict[str, str]) -> None:
    broken(KEY, BEFORE, STOLEN, TICKET, record(votes=votes))


def test_two_leads_who_saw_it_may_let_another_mailbox_in() -> None:
    kept(BEFORE, STOLEN, TICKET, record(votes={DORA: CARD, EMIL: CARD}))


def test_a_code_that_goes_to_a_stranger_is_noticed_too() -> None:
    begun = replace(account(ANA, email=HERS), status="UNCONFIRMED", keys=frozenset({HERS}))
    broken(KEY, (begun,), (replace(begun, keys=frozenset({HERS, THEFT})),), AT_THE_DESK, record())


def test_an_accounts_own_user_may_let_in_whom_they_like() -> None:
    mine = Deed(at_the_desk=False, signed_in=ANA, consented=THEFT)
    kept(BEFORE, (replace(STOLEN[0], verified=False),), mine, (known := record()))
    kept((replace(STOLEN[0], verified=False, keys=frozenset()),), STOLEN, TICKET, known)


@pytest.mark.parametrize("votes", [{}, {DORA: CARD}, {DORA: CARD, CLEO: CARD}], ids=["nobody", "one", "an author"])
def test_an_address_that_the_desk_wrote_is_verified_by_nothing_less_than_two_leads(votes: dict[str, str]) -> None:
    known = record(votes=votes)
    known.written[ANA] = Written(address=THEFT, authors=frozenset({CLEO}))
    known.chosen[ANA].add(THEFT)
    broken(FLAG, (account(ANA, email=THEFT),), STOLEN, TICKET, known)


def test_the_model_itself_remembers_what_the_desk_wrote() -> None:
    known = record(votes={DORA: CARD})
    known.chosen[ANA].add(THEFT)
    unverified = (account(ANA, email=THEFT),)
    kept(BEFORE, unverified, TICKET, known)
    broken(FLAG, unverified, STOLEN, TICKET, known)


def test_the_code_ends_it_only_when_the_accounts_own_user_enters_it() -> None:
    unverified = (account(ANA, email=THEFT),)
    for signed_in, entered in ((TOM, True), (ANA, False)):
        known = record()
        known.chosen[ANA].add(THEFT)
        kept(BEFORE, unverified, AT_THE_DESK, known)
        broken(FLAG, unverified, STOLEN, Deed(at_the_desk=True, signed_in=signed_in, entered=entered), known)
    kept(BEFORE, unverified, AT_THE_DESK, known)
    kept(unverified, STOLEN, Deed(at_the_desk=True, signed_in=ANA, entered=True), known)


@pytest.mark.parametrize("verified", [True, False])
def test_nobody_gets_an_address_that_is_somebody_elses(verified: bool) -> None:
    hers, his = account(ANA, email=HERS, verified=verified), account(TOM, email=HERS)
    got = (replace(hers, verified=False), replace(his, verified=True))
    known = record(votes={DORA: "tom-k gets ana@example.com", EMIL: "tom-k gets ana@example.com"})
    known.chosen[TOM].add(HERS)
    broken(ADDRESS, (hers, his), got, TICKET, known)
    both = "tom-k gets ana@example.com, and ana-k has it too"
    known = record(votes={DORA: both, EMIL: both})
    kept((hers, his), got, TICKET, known)


def test_nor_an_address_that_the_desk_has_moved_off_an_account() -> None:
    known = record(votes={DORA: "tom-k gets ana@example.com"})
    moved, his = account(ANA, email="ana.new@example.com"), account(TOM, email=HERS)
    kept((*BEFORE, his), (moved, his), AT_THE_DESK, known)
    known.chosen[TOM].add(HERS)
    broken(FREED, (moved, his), (moved, replace(his, verified=True)), TICKET, known)


def test_a_new_account_is_not_made_behind_the_back_of_whoever_has_its_address() -> None:
    known = record(votes={DORA: "create new-k with ana@example.com"})
    known.owners["new"] = "ana"
    broken(UNNAMED, BEFORE, (*BEFORE, account("new", email=HERS, name="new-k")), TICKET, known)


@pytest.mark.parametrize("kind", ["alias", "plain", "keeps"])
def test_a_takeover_in_a_real_pool_is_noticed(peopled: Peopled, kind: str) -> None:
    world = peopled(kind, Start(person="ana", name="ana-k", email=HERS))
    before = world.accounts()
    world.bed.pool.write("ana-k", {"email": THEFT, "email_verified": "true"})
    with pytest.raises(Violation) as violation:
        world.judged(before, AT_THE_DESK)
    assert violation.value.rule == KEY


def test_a_sign_up_code_to_a_stranger_is_noticed_in_a_real_pool(peopled: Peopled) -> None:
    world = peopled("alias", Start(person="ana", name="ana-k", email=HERS, verified=False, status="UNCONFIRMED"))
    before = world.accounts()
    world.bed.pool.write("ana-k", {"email": THEFT})
    assert world.through_the_app("ResendConfirmationCode", Username="ana-k")
    with pytest.raises(Violation) as violation:
        world.judged(before, AT_THE_DESK)
    assert violation.value.rule == KEY
