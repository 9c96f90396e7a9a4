//! Memory whose amount somebody else decides: asked for before it is needed, since an allocation
//! that fails ends the process without a result.

/// There is not so much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

/// From this size on it is worth asking; what is smaller is bounded by numbers of elements.
const LARGE: usize = 1024 * 1024;

/// Makes `bytes` at least `length` long, filled up with zeros.
///
/// # Errors
/// When there is not so much memory.
pub fn grow(bytes: &mut Vec<u8>, length: usize) -> Result<(), NoRoom> {
    if bytes.len() < length {
        bytes.try_reserve_exact(length - bytes.len()).map_err(|_| NoRoom)?;
        bytes.resize(length, 0);
    }
    Ok(())
}

/// Appends.
///
/// # Errors
/// When there is not so much memory.
pub fn append(bytes: &mut Vec<u8>, more: &[u8]) -> Result<(), NoRoom> {
    bytes.try_reserve(more.len()).map_err(|_| NoRoom)?;
    bytes.extend_from_slice(more);
    Ok(())
}

/// Whether there is room for copies of `bytes` in all, for code that cannot fail on its own.
///
/// # Errors
/// When there is none.
pub fn room_for(bytes: usize) -> Result<(), NoRoom> {
    match bytes < LARGE || Vec::<u8>::new().try_reserve_exact(bytes).is_ok() {
        true => Ok(()),
        false => Err(NoRoom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_room_for_is_an_error_and_changes_nothing() {
        let mut bytes = b"abc".to_vec();
        assert_eq!(grow(&mut bytes, isize::MAX as usize), Err(NoRoom));
        assert_eq!(room_for(isize::MAX as usize), Err(NoRoom));
        assert_eq!(bytes, b"abc");
        assert_eq!((grow(&mut bytes, 5), append(&mut bytes, b"d"), room_for(2 * LARGE)), (Ok(()), Ok(()), Ok(())));
        assert_eq!(bytes, b"abc\0\0d");
        assert_eq!(grow(&mut bytes, 2), Ok(()));
        assert_eq!(bytes.len(), 6);
    }
}
