use fs_err as fs;

use super::*;

#[test]
fn any_path_can_be_mounted() {
    for (path, expected) in [
        ("/a b/c'd", "type=bind,source=/a b/c'd,target=/x,readonly"),
        ("/a:b", "type=bind,source=/a:b,target=/x,readonly"),
        ("/a,b", "type=bind,\"source=/a,b\",target=/x,readonly"),
        ("/a\"b", "type=bind,\"source=/a\"\"b\",target=/x,readonly"),
    ] {
        assert_eq!(engine::mount(Path::new(path), "/x"), expected);
    }
}

#[test]
fn every_linux_platform_has_an_image() {
    for name in crate::target::PLATFORMS.iter().filter(|name| name.starts_with("linux/")) {
        let target = platform::target(name).unwrap();
        let image = default_image(&target).unwrap();
        assert_eq!(image.contains("musllinux"), name.ends_with("/musl"), "{name}: {image}");
    }
    assert!(default_image(&Target::parse("loongarch64-linux-gnu").unwrap()).is_none());
}

#[test]
fn an_answer_stays_where_it_is_put() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("answer.tar");
    let header = |name: &str, kind: tar::EntryType| {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_mode(0o644);
        header.set_cksum();
        header
    };
    for name in ["../escaped", "/tmp/escaped", "a/../../escaped", "."] {
        let mut builder = tar::Builder::new(fs::File::create(&archive).unwrap());
        builder.append(&header(name, tar::EntryType::Regular), &[][..]).unwrap();
        builder.finish().unwrap();
        let error = answer::read(&archive, &folder.path().join("made"), "x").unwrap_err().to_string();
        assert!(error.contains("is outside"), "{name}: {error}");
    }
    let mut builder = tar::Builder::new(fs::File::create(&archive).unwrap());
    let mut link = header("store", tar::EntryType::Symlink);
    link.set_link_name("/etc").unwrap();
    link.set_cksum();
    builder.append(&link, &[][..]).unwrap();
    builder.finish().unwrap();
    let made = folder.path().join("linked");
    let error = answer::read(&archive, &made, "x").unwrap_err().to_string();
    assert!(error.contains("has no report") && !made.join("store").exists(), "{error}");
    fs::write(&archive, b"not a tar").unwrap();
    assert!(answer::read(&archive, &folder.path().join("other"), "x").is_err());
}
