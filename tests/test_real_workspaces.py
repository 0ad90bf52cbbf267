"""What real workspaces do, each with the tests that hold what the desk does then; none of them may go unnoticed."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

HELD = {
    "a click comes from another workspace of the organisation": (
        "bot/desk/test_people.py::test_whoever_shares_our_workspace_is_ours_wherever_they_come_from",
        "stories/test_grid.py::test_one_person_stays_one_by_whichever_id_slack_names_them",
        "bot/desk/test_one_person.py::test_one_lead_has_one_vote",
    ),
    "users.info names no workspace": (
        "bot/desk/test_members.py::test_whoever_belongs_to_our_workspace_is_ours",
        "bot/operator/test_doctor.py::test_members_of_groups_are_tried_and_whom_which_rule_refuses_is_told",
    ),
    "an optional scope is listed as optional alone": (
        "bot/operator/test_manifest.py::test_it_asks_for_what_may_be_declined_too_and_for_no_public_address",
        "bot/operator/test_doctor.py::test_declined_optional_scopes_are_told_with_what_that_means_and_are_no_problem",
    ),
    "the desk isn't in the channel, or the channel takes nothing": (
        "stories/test_channels.py::test_where_the_desk_is_no_member_everybody_is_told_at_once_and_after_an_invitation_it_works",
        "stories/test_channels.py::test_removed_while_a_form_is_open_the_person_is_told_directly_and_nothing_is_asked",
        "stories/test_refusals.py::test_an_answer_that_the_channel_refuses_is_told_at_once_and_never_posted_late",
        "stories/test_refusals.py::test_a_request_that_nobody_can_see_is_told_and_posted_when_the_desk_is_let_in",
    ),
    "hello counts more connections than there are desks": (
        "stories/test_connection.py::test_another_program_with_the_same_token_is_noticed",
        "bot/operator/test_doctor_database.py::test_slacks_number_is_held_against_the_desks",
    ),
    "a routine refresh": (
        "refreshes/test_refreshes.py::test_sixty_commands_across_three_refreshes_are_answered_once_each",
        "stories/test_connection.py::test_while_both_are_open_both_are_read_and_each_takes_the_acknowledgements_of_its_own",
    ),
    "a waiting card is deleted": (
        "stories/test_refusals.py::test_a_deleted_card_is_posted_again_by_the_list_which_links_the_new_one",
        "stories/test_refusals.py::test_a_deleted_card_is_posted_again_by_a_nudge_and_by_the_reminder",
        "stories/test_refusals.py::test_the_result_of_a_request_whose_card_is_gone_stands_beneath_a_new_card",
    ),
    "an allowed channel becomes shared": (
        "stories/test_channels.py::test_a_channel_that_becomes_shared_while_a_request_waits_is_left_alone",
        "bot/operator/test_doctor.py::test_a_channel_that_is_archived_or_shared_is_named",
    ),
    "a table is refused": ("stories/test_refusals.py::test_where_tables_are_refused_leads_decide_by_the_lines",),
    "TLS is intercepted": (
        "bot/test_reach.py::test_tls_interception_is_named_at_the_start_with_who_signs_and_with_the_cure",
        "bot/test_reach.py::test_the_doctor_says_the_same_instead_of_blaming_tokens",
    ),
    "help, an address, another letter case, odd blanks": (
        "stories/test_what_people_type.py::test_however_a_check_is_typed_it_is_a_check",
        "stories/test_what_people_type.py::test_help_is_the_menu_and_behind_a_command_what_that_is_for",
        "bot/slack/test_typed_command.py::test_letter_case_blanks_and_pasting_make_no_difference_to_a_name",
    ),
    "an address with what clients and mails put around it": (
        "bot/test_wrappings.py::test_each_of_them_is_forgiven",
        "bot/test_wrappings.py::test_an_address_is_found_in_whatever_stands_around_it",
    ),
    "people are listed who are deactivated or guests": (
        "bot/desk/test_people.py::test_only_those_who_may_are_named_and_nobody_twice",
        "stories/test_grid.py::test_only_those_who_may_are_called_and_named",
    ),
    "a clean start": ("stories/test_process.py::test_a_clean_life_leaves_no_warning",),
}
"""By what Slack, or whoever types, does: the tests that hold it."""


@pytest.mark.parametrize("named", [each for tests in HELD.values() for each in tests])
def test_what_real_workspaces_do_is_held_by_a_test_that_is_there(named: str) -> None:
    file, _, test = named.partition("::")
    parsed = ast.parse((TESTS / file).read_text(encoding="utf-8"))

    assert test in {each.name for each in parsed.body if isinstance(each, ast.FunctionDef)}
