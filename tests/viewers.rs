//! Every read names its viewer: kit's public services, read off its source.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{FnArg, ImplItem, Item, Type, Visibility};

/// Methods without a viewer, each with the reason why that shows nobody's data.
const WITHOUT: &[(&str, &str)] = &[
    ("LinkKit::builder", "nothing is there yet"),
    ("LinkKit::linking", "hands out a service whose every method takes a viewer"),
    ("LinkKit::inbox", "hands out a service whose every method takes a viewer"),
    ("LinkKit::accessibility", "hands out a service whose every method takes a viewer"),
    ("LinkKit::causes", "a table, the same for everybody"),
    ("LinkKit::owners", "the names of owners, for whoever runs the program"),
    ("LinkKit::start", "our own work, under system views with a reason"),
    ("LinkKit::drain", "our own work, under system views with a reason"),
    ("LinkKit::figures", "counts without any owner's data"),
    ("LinkKit::handle", "requests of the platform are signed; those of the sign-in carry their viewer"),
    ("LinkKit::handle_at", "requests of the platform are signed; those of the sign-in carry their viewer"),
    ("LinkKit::capabilities", "what a platform takes, the same for everybody"),
    ("LinkKit::places", "paths, the same for everybody"),
    ("LinkKit::router", "the same handlers"),
    ("Inbox::author", "says of a message that was read already who wrote it"),
    ("Inbox::private_reply", "says of a comment that was read already whether it can be answered"),
    ("LinkKit::body_limit", "a setting"),
    ("LinkKit::too_large", "an empty answer"),
];

struct Method {
    name: String,
    takes_viewer: bool,
}

/// The public methods of every service: of every type through which the kit's insides can be reached.
fn methods(sources: &BTreeMap<PathBuf, syn::File>) -> Vec<Method> {
    let items = || sources.values().flat_map(|file| &file.items);
    let services: BTreeSet<String> = items()
        .filter_map(|item| match item {
            Item::Struct(item) if matches!(item.vis, Visibility::Public(_)) => {
                let inside = item.fields.iter().any(|field| words(&field.ty).contains("Inner"));
                inside.then(|| item.ident.to_string())
            }
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    for item in items() {
        let Item::Impl(block) = item else { continue };
        let of = words(&block.self_ty);
        let Some(service) = services.iter().find(|service| of.contains(service.as_str())).filter(|_| block.trait_.is_none()) else {
            continue;
        };
        for item in &block.items {
            let ImplItem::Fn(method) = item else { continue };
            if matches!(method.vis, Visibility::Public(_)) {
                let takes_viewer =
                    method.sig.inputs.iter().any(|input| matches!(input, FnArg::Typed(typed) if words(&typed.ty).contains("Viewer")));
                found.push(Method { name: format!("{service}::{}", method.sig.ident), takes_viewer });
            }
        }
    }
    found
}

/// Every name in a type.
fn words(ty: &Type) -> BTreeSet<String> {
    struct Names(BTreeSet<String>);
    impl<'ast> syn::visit::Visit<'ast> for Names {
        fn visit_ident(&mut self, ident: &'ast syn::Ident) {
            self.0.insert(ident.to_string());
        }
    }
    let mut names = Names(BTreeSet::new());
    syn::visit::visit_type(&mut names, ty);
    names.0
}

fn sources(folder: &Path) -> BTreeMap<PathBuf, syn::File> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let source = std::fs::read_to_string(&path).unwrap();
            files.insert(path, syn::parse_file(&source).unwrap());
        }
    }
    files
}

fn blind(methods: &[Method]) -> Vec<&str> {
    let excused = |name: &str| WITHOUT.iter().any(|(without, _)| *without == name);
    methods.iter().filter(|method| !method.takes_viewer && !excused(&method.name)).map(|method| method.name.as_str()).collect()
}

#[test]
fn no_public_read_of_the_kit_is_without_a_viewer() {
    let methods = methods(&sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/kit/src")));
    assert_eq!(blind(&methods), Vec::<&str>::new(), "these show data to nobody in particular");

    let names: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
    for (name, _) in WITHOUT {
        assert!(names.contains(name), "{name} is excused and does not exist");
    }
    for read in ["Inbox::conversations", "Inbox::timeline", "Linking::connections", "LinkKit::news", "LinkKit::alerts", "LinkKit::activity"]
    {
        assert!(names.contains(&read), "the test no longer finds {read}");
    }
}

#[test]
fn a_read_without_a_viewer_would_be_noticed() {
    let careless =
        "pub struct Inbox(Arc<Inner>); impl Inbox { pub async fn everything(&self, page: &PageQuery) -> Vec<Message> { vec![] } }";
    let sources = BTreeMap::from([(PathBuf::new(), syn::parse_file(careless).unwrap())]);
    assert_eq!(blind(&methods(&sources)), ["Inbox::everything"]);
}
