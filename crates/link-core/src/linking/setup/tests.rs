use super::*;
use proptest::prelude::*;

fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn fresh() -> Setup {
    Setup::begin(SetupId::from_uuid(uuid::Uuid::nil()), OwnerId::new("o").unwrap(), ActorId::new("a").unwrap(), DateTime::UNIX_EPOCH)
}

fn signed_in() -> Command {
    let listed = ["messenger:1", "messenger:2", "instagram:3"].map(|id| Candidate::new(account(id), Road::FACEBOOK, id));
    Command::SignedIn { person: PersonId::new("p").unwrap(), candidates: listed.to_vec() }
}

fn walk(commands: impl IntoIterator<Item = Command>) -> Result<Setup, SetupRefused> {
    commands.into_iter().try_fold(fresh(), |setup, command| setup.after(command, DateTime::UNIX_EPOCH))
}

#[test]
fn four_stages_lead_to_a_confirmation() {
    let setup = walk([
        signed_in(),
        Command::Choose(vec![account("messenger:1"), account("instagram:3")]),
        Command::Prefer(Preferences::default()),
        Command::Synchronise(Synchronisation::default()),
        Command::Confirm,
    ]);
    assert_eq!(setup.unwrap().stage, Stage::Confirmed);
}

#[test]
fn an_account_the_person_cannot_reach_is_not_linked() {
    let refused = walk([signed_in(), Command::Choose(vec![account("messenger:99")])]);
    assert_eq!(refused.unwrap_err(), SetupRefused::OutOfReach { account: account("messenger:99") });
    let refused = walk([Command::Choose(vec![account("messenger:1")])]);
    assert_eq!(refused.unwrap_err(), SetupRefused::NotSignedIn);
    let refused = walk([signed_in(), Command::Choose(vec![account("messenger:1"), account("messenger:2")])]);
    assert_eq!(refused.unwrap_err(), SetupRefused::SeveralPages { count: 2 });
}

#[test]
fn signing_in_anew_drops_what_can_no_longer_be_reached() {
    let setup = walk([signed_in(), Command::Choose(vec![account("messenger:1")]), Command::Back]).unwrap();
    assert_eq!(setup.chosen, vec![account("messenger:1")]);
    let without = Command::SignedIn { person: PersonId::new("p").unwrap(), candidates: vec![] };
    assert!(setup.after(without, DateTime::UNIX_EPOCH).unwrap().chosen.is_empty());
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(signed_in()),
        Just(Command::Choose(vec![account("messenger:1")])),
        Just(Command::Prefer(Preferences::default())),
        Just(Command::Synchronise(Synchronisation::default())),
        Just(Command::Confirm),
        Just(Command::Back),
        Just(Command::Cancel),
    ]
}

proptest! {
    /// Whatever somebody clicks in whatever order, nothing is confirmed that was not signed in for, chosen and reviewed.
    #[test]
    fn no_path_leads_around_a_stage(commands in prop::collection::vec(any_command(), 0..40)) {
        let mut setup = fresh();
        for command in commands {
            let before = setup.stage;
            if let Ok(next) = setup.after(command.clone(), DateTime::UNIX_EPOCH) {
                prop_assert!(!before.is_final());
                if next.stage == Stage::Confirmed {
                    prop_assert_eq!(before, Stage::Review);
                    prop_assert!(next.person.is_some() && !next.chosen.is_empty());
                }
                setup = next;
            }
        }
    }
}
