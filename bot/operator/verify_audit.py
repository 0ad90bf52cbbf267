"""``desk audit verify``: whether the audit is what was sealed, and what only a digest kept elsewhere can show."""

from bot.tickets.verify_seals import Head, Verified


def report(found: Verified, *, known: Head | None = None) -> list[str]:
    """Return the lines of the report."""
    lines = []
    if found.misfit:
        lines.append(f"DOESN'T FIT: {found.misfit}. What comes after it wasn't looked at.")
    if found.unprotected:
        names = ", ".join(found.unprotected)
        lines.append(f"NOT PROTECTED: {names}: removed, switched off or changed. The next start puts it back.")
    lines.append(f"Sealed rows that fit: {found.links}.")
    if found.removed:
        lines.append(f"Of these, so many have had their detail removed, as the audit itself says: {found.removed}.")
    if found.unsealed:
        assert found.unsealed_since is not None
        since = found.unsealed_since.strftime("%Y-%m-%d %H:%M:%S UTC")
        lines.append(f"Rows that aren't sealed yet: {found.unsealed}, the oldest from {since}. {_WHO_SEALS}")
    if found.head is not None:
        lines.append(f"Head: {found.head}")
    if found.fits:
        lines.append(_ANEW if known is None else f"The head that you gave, {known}, is in the chain.")
    return lines


_WHO_SEALS = "A desk that runs seals them."

_ANEW = (
    "Everything fits. But somebody who may change the whole database can compute the whole chain again. To see that, "
    "keep a head elsewhere (an export has them), and ask again with --head."
)
