//! The source of this repository, held to what ARCHITECTURE.md and CONTRIBUTING.md say of its shape.

use structure::{Crate, Manifest, Size, circles, crates, disorder, largest, outside, root, share};

/// Lines of a file, without its tests.
const MAX_FILE_LINES: usize = 400;

/// What the largest crate under `components/` has of all lines there, in percent: less than this.
const MAX_SHARE: usize = 25;

const FOLDERS: [&str; 3] = ["components", "functions", "local"];

/// The crates of a folder: their names and their code.
#[expect(clippy::unwrap_used, reason = "source that cannot be read is a failure")]
fn code(folder: &str) -> Vec<(String, Crate)> {
    let roots = crates(folder).into_iter().flat_map(|folder| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        ["src/lib.rs", "src/main.rs"].map(|file| (name.clone(), folder.join(file)))
    });
    let roots = roots.filter(|(_, root)| root.exists());
    roots.map(|(name, root)| (name, Crate::read(&root).unwrap())).collect()
}

fn listed(sizes: &[Size]) -> String {
    let lines = sizes.iter().map(|size| format!("{:6}  {}", size.lines, size.name)).collect::<Vec<_>>();
    lines.join("\n")
}

#[test]
fn no_modules_go_in_a_circle() {
    let all = FOLDERS.iter().flat_map(|folder| code(folder).into_iter().map(move |(name, code)| (folder, name, code)));
    let found = all.flat_map(|(folder, name, code)| {
        circles(&code).into_iter().map(move |circle| format!("{folder}/{name}: {circle}")).collect::<Vec<_>>()
    });
    let found = found.collect::<Vec<_>>();
    assert!(found.is_empty(), "{} circles of modules:\n{}", found.len(), found.join("\n\n"));
}

#[test]
fn the_crates_depend_downwards_only() {
    let manifests = FOLDERS.iter().flat_map(|folder| crates(folder)).map(|folder| Manifest::read(&folder).unwrap());
    let found = disorder(&manifests.collect::<Vec<_>>());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_component_but_spin_host_reaches_outside() {
    let pure = code("components").into_iter().filter(|(name, _)| !["spin-host", "testkit"].contains(&name.as_str()));
    let found = pure.flat_map(|(_, code)| outside(&code)).collect::<Vec<_>>();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_is_long() {
    let files = FOLDERS.iter().flat_map(|folder| code(folder)).flat_map(|(_, code)| Size::files(&code));
    let five = largest(files.collect(), 5);
    assert!(five[0].lines <= MAX_FILE_LINES, "over {MAX_FILE_LINES} lines; the five largest:\n{}", listed(&five));
}

#[test]
fn no_component_has_a_quarter_of_them_all() {
    let size = |folder: &std::path::PathBuf| Size {
        name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        lines: lines_below(folder),
    };
    let sizes = crates("components").iter().map(size).collect::<Vec<_>>();
    println!("{}", listed(&largest(sizes.clone(), sizes.len())));
    assert!(share(&sizes) < MAX_SHARE, "the largest has {} %:\n{}", share(&sizes), listed(&largest(sizes, 5)));
}

/// All lines of Rust below a folder, tests included: whoever looks for something has those before him, too.
#[expect(clippy::unwrap_used, reason = "source that cannot be read is a failure")]
fn lines_below(folder: &std::path::Path) -> usize {
    let lines = |entry: std::fs::DirEntry| match entry.path() {
        path if path.is_dir() => lines_below(&path),
        path if path.extension().is_some_and(|ending| ending == "rs") => {
            std::fs::read_to_string(path).unwrap().lines().count()
        }
        _ => 0,
    };
    std::fs::read_dir(folder).unwrap().map(|entry| lines(entry.unwrap())).sum()
}

#[test]
fn clippy_holds_functions_under_70_lines() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).unwrap().parse::<toml::Table>().unwrap();
    assert_eq!(read("clippy.toml")["too-many-lines-threshold"].as_integer(), Some(70));
    let lints = &read("Cargo.toml")["workspace"]["lints"]["clippy"];
    assert_eq!(lints["pedantic"]["level"].as_str(), Some("warn"), "too_many_lines is one of the pedantic lints");
    assert!(lints.get("too_many_lines").is_none(), "nothing turns it off");
}
