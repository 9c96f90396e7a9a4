//! What goes wrong in a bench ends in a sentence for whoever started it.

/// A result, or that sentence.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
