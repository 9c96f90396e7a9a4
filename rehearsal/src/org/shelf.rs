//! Objects of one kind: those that the seed makes, computed when asked for, under an overlay of
//! what has been changed, added and deleted since.

use std::collections::BTreeMap;
use std::ops::Range;

use super::plan::Plan;

#[derive(Clone, Debug)]
pub(crate) struct Shelf<T> {
    make: fn(&Plan, u64) -> T,
    seeded: u64,
    next: u64,
    changed: BTreeMap<u64, Option<T>>,
}

impl<T: Clone> Shelf<T> {
    pub fn new(seeded: u64, make: fn(&Plan, u64) -> T) -> Shelf<T> {
        Shelf { make, seeded, next: seeded, changed: BTreeMap::new() }
    }

    pub fn get(&self, plan: &Plan, number: u64) -> Option<T> {
        match self.changed.get(&number) {
            Some(object) => object.clone(),
            None => (number < self.seeded).then(|| (self.make)(plan, number)),
        }
    }

    pub fn put(&mut self, number: u64, object: T) {
        self.next = self.next.max(number + 1);
        self.changed.insert(number, Some(object));
    }

    pub fn remove(&mut self, number: u64) {
        self.changed.insert(number, None);
    }

    /// The number that the next new object gets.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// All numbers there have been, those of deleted objects too.
    pub fn numbers(&self) -> Range<u64> {
        0..self.next
    }

    /// Whether an object is as the seed made it.
    pub fn is_untouched(&self, number: u64) -> bool {
        !self.changed.contains_key(&number)
    }

    /// What differs from the seed.
    pub fn changed(&self) -> impl Iterator<Item = (u64, Option<&T>)> {
        self.changed.iter().map(|(number, object)| (*number, object.as_ref()))
    }

    /// Puts one object back to what it is on another shelf.
    pub fn restore(&mut self, number: u64, from: &Shelf<T>) {
        match from.changed.get(&number) {
            Some(object) => self.changed.insert(number, object.clone()),
            None => self.changed.remove(&number),
        };
    }

    pub fn all(&self, plan: &Plan) -> impl Iterator<Item = (u64, T)> {
        self.numbers().filter_map(move |number| Some((number, self.get(plan, number)?)))
    }
}
