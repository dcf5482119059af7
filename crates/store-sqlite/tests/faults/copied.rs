//! The write-ahead log is copied into the file where nobody has to wait for it.

use link_sync::apply;
use link_sync::testing::Scene;

use crate::fixture::fresh;

/// Or the commit that makes the log long enough waits until all of it is copied and synced. By itself the writer copies after four thousand
/// pages, and here are not so many.
#[tokio::test]
async fn a_log_that_grows_is_copied_beside_the_writer() {
    let (folder, sqlite) = fresh().await;
    let (store, scene) = (sqlite.messages(), Scene::new("a", "messenger:1", "7"));
    let size = || std::fs::metadata(folder.path().join("links.db")).unwrap().len();
    let before = size();
    for start in (0..2_000).step_by(500) {
        let told: Vec<_> = (start..start + 500).map(|number| scene.writes(&format!("m{number}"), 1, &"hello ".repeat(40))).collect();
        apply(&store, &told).await.unwrap();
    }
    let mut further = 0;
    while size() < before + 1_000_000 {
        assert!(further < 120, "the file has {} bytes and had {before}", size());
        apply(&store, &[scene.writes(&format!("further{further}"), 2, "hello")]).await.unwrap();
        further += 1;
    }
}
