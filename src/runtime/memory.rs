//! Memory whose size depends on input: reserved before it is used, because a failed allocation would end the process
//! without a result.

/// There is not enough memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

/// Size in bytes from which a check is worthwhile; smaller amounts are bounded by the number of elements.
const LARGE: usize = 1024 * 1024;

/// Extends `bytes` to at least `length` bytes, filled with zeros.
///
/// # Errors
/// When there is not enough memory.
pub fn grow(bytes: &mut Vec<u8>, length: usize) -> Result<(), NoRoom> {
    if bytes.len() < length {
        bytes.try_reserve_exact(length - bytes.len()).map_err(|_| NoRoom)?;
        bytes.resize(length, 0);
    }
    Ok(())
}

/// Appends `more` to `bytes`.
///
/// # Errors
/// When there is not enough memory.
pub fn append(bytes: &mut Vec<u8>, more: &[u8]) -> Result<(), NoRoom> {
    bytes.try_reserve(more.len()).map_err(|_| NoRoom)?;
    bytes.extend_from_slice(more);
    Ok(())
}

/// Checks that copies of `bytes` bytes in total fit, for code that cannot report a failed allocation.
///
/// # Errors
/// When they do not fit.
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
