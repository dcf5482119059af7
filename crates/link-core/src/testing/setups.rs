//! What every setup store must do.

use futures::future::join_all;

use super::owners::{at, owner, page, professional, sees_all, sees_nothing, setup_id as id, someone};
use crate::linking::setup::{Candidate, Command, Setup, SetupRefused, Stage};
use crate::linking::store::{SetupChange, SetupFailed, SetupStore};
use crate::words::error::Result;
use crate::words::ids::PersonId;
use crate::words::platform::Road;
use crate::words::view::Accounts;

/// Runs the suite on an empty store. What a confirmation writes besides is in [`link_store`](super::link_store).
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn setup_store(store: &dyn SetupStore) -> Result<()> {
    a_setup_resumes_for_its_owner(store).await?;
    a_refusal_changes_nothing(store).await?;
    a_view_of_some_accounts_hides_setups_that_list_others(store).await?;
    open_setups_are_those_under_way(store).await?;
    a_step_cannot_change_whose_setup_it_is(store).await?;
    idle_and_given_up_setups_are_found_across_owners(store).await?;
    concurrent_steps_see_each_other(store).await
}

pub(super) fn begun(name: &str, number: u128, second: i64) -> Setup {
    Setup::begin(id(number), owner(name), someone(), at(second))
}

pub(super) fn signed_in() -> Command {
    let candidates = vec![Candidate::new(page(), Road::FACEBOOK, "Bakery"), Candidate::new(professional(), Road::FACEBOOK, "bakery")];
    Command::SignedIn { road: Road::FACEBOOK, person: PersonId::new("p").unwrap(), candidates }
}

/// What became of a step that refuses nothing.
pub(super) fn moved(answer: Result<Setup, SetupFailed>) -> Result<Setup> {
    match answer {
        Err(SetupFailed::Store(error)) => Err(error),
        answer => Ok(answer.unwrap()),
    }
}

async fn begin(store: &dyn SetupStore, setup: &Setup) -> Result<()> {
    let step = |stored: Option<&Setup>| {
        assert_eq!(stored, None, "a setup that was never begun is there already");
        Ok(SetupChange::new(setup.clone()))
    };
    moved(store.update(&setup.owner, setup.id, &step).await)?;
    Ok(())
}

async fn command(store: &dyn SetupStore, name: &str, number: u128, command: Command) -> Result<Setup, SetupFailed> {
    let step = |stored: Option<&Setup>| {
        let setup = stored.ok_or(SetupRefused::Unknown)?.after(command.clone(), at(50))?;
        Ok(SetupChange::new(setup))
    };
    store.update(&owner(name), id(number), &step).await
}

/// Somebody who comes back tomorrow finds the setup where they left it, and nobody else does.
async fn a_setup_resumes_for_its_owner(store: &dyn SetupStore) -> Result<()> {
    begin(store, &begun("mine", 1, 0)).await?;
    begin(store, &begun("theirs", 1, 0)).await?;
    let left = moved(command(store, "mine", 1, signed_in()).await)?;
    assert_eq!(store.setup(&sees_all("mine"), id(1)).await?, Some(left), "a setup is not where it was left");
    let theirs = store.setup(&sees_all("theirs"), id(1)).await?;
    assert_eq!(theirs, Some(begun("theirs", 1, 0)), "an owner's step moves another owner's setup");
    assert_eq!(store.setup(&sees_all("nobody"), id(1)).await?, None, "an owner sees another owner's setup");
    let foreign = command(store, "nobody", 1, signed_in()).await;
    assert!(matches!(foreign, Err(SetupFailed::Refused(SetupRefused::Unknown))), "an owner moves another owner's setup");
    Ok(())
}

/// A refused command leaves everything as it was.
async fn a_refusal_changes_nothing(store: &dyn SetupStore) -> Result<()> {
    begin(store, &begun("refused", 1, 0)).await?;
    let refused = command(store, "refused", 1, Command::Confirm).await;
    let expected = SetupRefused::AtStage { stage: Stage::LinkAccounts };
    assert!(matches!(refused, Err(SetupFailed::Refused(told)) if told == expected), "the reason of a refusal is lost");
    let stored = store.setup(&sees_all("refused"), id(1)).await?;
    assert_eq!(stored, Some(begun("refused", 1, 0)), "a command that was refused has changed something");
    Ok(())
}

/// Somebody who may see one account does not learn the names of the others from a setup that lists them.
async fn a_view_of_some_accounts_hides_setups_that_list_others(store: &dyn SetupStore) -> Result<()> {
    begin(store, &begun("viewed", 1, 0)).await?;
    moved(command(store, "viewed", 1, signed_in()).await)?;
    let one = sees_all("viewed").with_accounts(Accounts::Only([page()].into()));
    let both = sees_all("viewed").with_accounts(Accounts::Only([page(), professional()].into()));
    assert_eq!(store.setup(&one, id(1)).await?, None, "a view shows a setup that names accounts it does not show");
    assert!(store.open_setups(&one).await?.is_empty(), "a view lists a setup that names accounts it does not show");
    assert!(store.setup(&both, id(1)).await?.is_some(), "a view of all the accounts that a setup names does not show it");
    assert_eq!(store.open_setups(&both).await?.len(), 1, "a view of all the accounts that a setup names does not list it");
    begin(store, &begun("viewed", 2, 0)).await?;
    assert_eq!(store.setup(&sees_nothing("viewed"), id(2)).await?, None, "an empty view shows a setup that names no account yet");
    assert!(store.open_setups(&sees_nothing("viewed")).await?.is_empty(), "an empty view lists setups");
    Ok(())
}

/// The list of what is to be finished does not show what is over, and the newest comes first.
async fn open_setups_are_those_under_way(store: &dyn SetupStore) -> Result<()> {
    for (number, second) in [(1, 10), (2, 30), (3, 20)] {
        begin(store, &begun("listed", number, second)).await?;
    }
    moved(command(store, "listed", 3, Command::Cancel).await)?;
    let open: Vec<_> = store.open_setups(&sees_all("listed")).await?.into_iter().map(|setup| setup.id).collect();
    assert_eq!(open, [id(2), id(1)], "setups under way are not those without an end, or not newest first");
    assert!(store.open_setups(&sees_all("nobody")).await?.is_empty(), "an owner is shown another owner's setups");
    Ok(())
}

/// A step that makes another owner's setup out of this one is not written.
async fn a_step_cannot_change_whose_setup_it_is(store: &dyn SetupStore) -> Result<()> {
    begin(store, &begun("robbed", 1, 0)).await?;
    let step = |_: Option<&Setup>| Ok(SetupChange::new(begun("robber", 1, 0)));
    let answer = store.update(&owner("robbed"), id(1), &step).await;
    assert!(matches!(answer, Err(SetupFailed::Store(_))), "a step makes another owner's setup out of this one");
    assert_eq!(store.setup(&sees_all("robber"), id(1)).await?, None, "an owner gets another owner's setup");
    let stored = store.setup(&sees_all("robbed"), id(1)).await?;
    assert_eq!(stored, Some(begun("robbed", 1, 0)), "a step that was not written has changed something");
    Ok(())
}

/// What nobody goes on with is closed, what was given up is released, and a consent is not taken back while anybody's setup rests on it.
async fn idle_and_given_up_setups_are_found_across_owners(store: &dyn SetupStore) -> Result<()> {
    let (road, person) = (Road::FACEBOOK, PersonId::new("idle").unwrap());
    let sign_in = Command::SignedIn { road: Road::FACEBOOK, person: person.clone(), candidates: Vec::new() };
    for (name, second) in [("idle-mine", -900), ("idle-theirs", -800)] {
        let setup = begun(name, 1, second).after(sign_in.clone(), at(second)).unwrap();
        begin(store, &setup).await?;
        begin(store, &begun(name, 2, second).after(Command::Cancel, at(second)).unwrap()).await?;
    }
    let owners = |setups: Vec<Setup>| setups.into_iter().map(|setup| setup.owner.to_string()).collect::<Vec<_>>();
    assert_eq!(owners(store.idle(at(-800), 10).await?), ["idle-mine"], "a setup is closed early, twice or never");
    assert_eq!(owners(store.idle(at(-799), 10).await?), ["idle-mine", "idle-theirs"], "a setup that nobody touches is never closed");
    assert_eq!(store.idle(at(-799), 1).await?.len(), 1, "more is handed out than was asked for");
    let resting = store.resting_on(&road, &person).await?;
    assert_eq!(resting, [(owner("idle-mine"), id(1)), (owner("idle-theirs"), id(1))], "a consent is taken back under somebody's setup");
    assert!(store.resting_on(&Road::INSTAGRAM, &person).await?.is_empty(), "a person of one road is taken for one of the other");

    assert!(store.holding(100).await?.iter().all(|setup| setup.person(&Road::FACEBOOK) != Some(&person)), "an open setup is released");
    let cancel = |stored: Option<&Setup>| Ok(SetupChange::new(stored.ok_or(SetupRefused::Unknown)?.after(Command::Cancel, at(-700))?));
    moved(store.update(&owner("idle-mine"), id(1), &cancel).await)?;
    assert_eq!(store.resting_on(&road, &person).await?, [(owner("idle-theirs"), id(1))], "a setup that was given up rests on a consent");
    let holding: Vec<_> = store.holding(100).await?.into_iter().filter(|setup| setup.person(&Road::FACEBOOK) == Some(&person)).collect();
    assert_eq!(owners(holding), ["idle-mine"], "what a setup held is never given up");
    let release = |stored: Option<&Setup>| Ok(SetupChange::new(stored.ok_or(SetupRefused::Unknown)?.released()));
    moved(store.update(&owner("idle-mine"), id(1), &release).await)?;
    assert!(store.holding(100).await?.iter().all(|setup| setup.owner != owner("idle-mine")), "what was given up is given up for ever");
    Ok(())
}

/// Two clicks at the same time are two steps, one after the other.
async fn concurrent_steps_see_each_other(store: &dyn SetupStore) -> Result<()> {
    let mine = owner("hasty");
    let step = |stored: Option<&Setup>| {
        let mut setup = stored.cloned().unwrap_or_else(|| begun("hasty", 1, 0));
        setup.candidates.push(Candidate::new(page(), Road::FACEBOOK, "Bakery"));
        Ok(SetupChange::new(setup))
    };
    for answer in join_all((0..20).map(|_| store.update(&mine, id(1), &step))).await {
        moved(answer)?;
    }
    let stored = store.setup(&sees_all("hasty"), id(1)).await?.unwrap();
    assert_eq!(stored.candidates.len(), 20, "of two steps at the same time one is lost");
    Ok(())
}
