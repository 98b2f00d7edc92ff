//! A zip file, its entries stored as they are (PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16). Documents of a few hundred
//! kilobytes do not need compression, and a general library adds 60 kB to every component that links it.

/// Names are UTF-8 (APPNOTE, general purpose bit 11).
const UTF8: u16 = 0x0800;
/// A regular file that its owner may write and all may read, as Unix has it, in the upper half of the external attributes.
const MODE: u32 = 0o100_644 << 16;
/// 1 January 1980, the earliest date that the format has: the same files give the same bytes.
const DATE: u16 = 0x0021;

/// A zip of these files, by path and content. None where it would need the format's extension for large files.
#[must_use]
pub(crate) fn of(files: &[(String, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for (path, content) in files {
        let offset = u32::try_from(zip.len()).ok()?;
        let size = u32::try_from(content.len()).ok()?;
        let mut common = Vec::new();
        // The version needed to extract, flags, no compression, time, date.
        for field in [10, UTF8, 0, 0, DATE] {
            common.extend(field.to_le_bytes());
        }
        for field in [crc32fast::hash(content), size, size] {
            common.extend(field.to_le_bytes());
        }
        common.extend(u16::try_from(path.len()).ok()?.to_le_bytes());
        // No extra field.
        common.extend(0_u16.to_le_bytes());

        zip.extend(b"PK\x03\x04");
        zip.extend(&common);
        zip.extend(path.as_bytes());
        zip.extend(content);

        directory.extend(b"PK\x01\x02");
        // Made by Unix, version 2.0.
        directory.extend(0x0314_u16.to_le_bytes());
        directory.extend(&common);
        // No comment, the first disk, no internal attributes.
        directory.extend([0; 6]);
        directory.extend(MODE.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(path.as_bytes());
    }
    let count = u16::try_from(files.len()).ok()?;
    let (size, offset) = (u32::try_from(directory.len()).ok()?, u32::try_from(zip.len()).ok()?);
    zip.extend(directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend(count.to_le_bytes());
    zip.extend(count.to_le_bytes());
    zip.extend(size.to_le_bytes());
    zip.extend(offset.to_le_bytes());
    zip.extend(0_u16.to_le_bytes());
    Some(zip)
}
