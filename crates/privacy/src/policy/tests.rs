use link_core::words::view::Behalf;
use link_core::{ActorId, OwnerId, Role};
use proptest::prelude::*;

use super::*;

fn roles() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::OWNER),
        Just(Role::ADMIN),
        Just(Role::AGENT),
        "[a-z]{1,6}".prop_map(|role| Role::new(role).expect("letters make a role")),
    ]
}

fn policies() -> impl Strategy<Value = Policy> {
    let audiences = prop_oneof![Just(Audience::AnyRole), prop::collection::vec(roles(), 0..4).prop_map(Audience::roles)];
    audiences.prop_map(Policy::new)
}

fn viewers() -> impl Strategy<Value = Viewer> {
    let ids = (prop::sample::select(vec!["one", "two"]), "[a-z]{1,6}", prop::option::of(roles()));
    ids.prop_map(|(owner, actor, role)| {
        let viewer = Viewer::new(OwnerId::new(owner).unwrap(), ActorId::new(actor).unwrap());
        match role {
            Some(role) => viewer.with_role(role),
            None => viewer,
        }
    })
}

proptest! {
    /// A stranger who gets hold of a session without a role would read the inbox.
    #[test]
    fn nobody_without_a_role_sees_anything(policy in policies(), mut viewer in viewers()) {
        viewer.role = None;
        let view = policy.compile(&viewer);
        prop_assert!(view.is_empty());
        prop_assert_eq!(view, View::nothing(viewer.owner, viewer.actor));
    }

    /// One owner's agent would read another owner's inbox, or pass for our own work in the activity log.
    #[test]
    fn a_view_is_of_the_viewers_own_owner_and_on_their_behalf(policy in policies(), viewer in viewers()) {
        let view = policy.compile(&viewer);
        prop_assert_eq!(view.owner, viewer.owner);
        prop_assert_eq!(view.behalf, Behalf::Actor(viewer.actor));
    }

    /// An owner could lock themselves out of their own accounts.
    #[test]
    fn the_owner_always_sees_everything(policy in policies(), mut viewer in viewers()) {
        viewer.role = Some(Role::OWNER);
        prop_assert_eq!(policy.compile(&viewer), View::everything(viewer.owner, viewer.actor));
    }
}

#[test]
fn by_default_every_role_sees_everything() {
    let viewer = Viewer::new(OwnerId::new("o").unwrap(), ActorId::new("a").unwrap()).with_role(Role::new("trainee").unwrap());
    assert_eq!(Policy::default().compile(&viewer), View::everything(viewer.owner.clone(), viewer.actor.clone()));
    let admins = Policy::new(Audience::roles([Role::ADMIN]));
    assert!(admins.compile(&viewer).is_empty());
    assert_eq!(admins.seen_by(), "the owner and everybody with the role admin and by nobody else");
}
