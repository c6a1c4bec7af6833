//! How a locale writes. Its formatters are made when first asked for and kept, because making one takes many times what
//! writing with it does.

use std::{
    cell::{OnceCell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use icu_decimal::DecimalFormatter;
use icu_experimental::dimension::percent::formatter::PercentFormatter;
use icu_locale::Locale;
use minijinja::Error;

use super::{
    currency::Amounts,
    date::{Dates, Style},
};

/// Locales kept by each thread, and currencies of each locale.
const LOCALES: usize = 16;
const CURRENCIES: usize = 8;
/// Longer names of locales are not kept: no registered one is longer (RFC 5646, section 4.4.1).
const NAME: usize = 35;

thread_local! {
    /// By the name that a template or a context gives. The locale library's formatters cannot leave their thread.
    static KNOWN: Few<Conventions, LOCALES> = const { Few::new() };
}

/// The formatters of one locale; none where its data has none.
pub(super) struct Conventions {
    locale: Locale,
    numbers: OnceCell<Option<DecimalFormatter>>,
    percentages: OnceCell<Option<PercentFormatter<DecimalFormatter>>>,
    dates: [OnceCell<Option<Dates>>; Style::COUNT],
    amounts: Few<Amounts, CURRENCIES>,
}

impl Conventions {
    /// Those of the locale of this name, which `read` makes of it where it is not known yet.
    pub(super) fn of(
        name: &str,
        read: impl FnOnce(&str) -> Result<Locale, Error>,
    ) -> Result<Rc<Self>, Error> {
        if let Some(known) = KNOWN.with(|known| known.get(name)) {
            return Ok(known);
        }
        let conventions = Rc::new(Self {
            locale: read(name)?,
            numbers: OnceCell::new(),
            percentages: OnceCell::new(),
            dates: [const { OnceCell::new() }; Style::COUNT],
            amounts: Few::new(),
        });
        if name.len() <= NAME {
            KNOWN.with(|known| known.keep(name, &conventions));
        }
        Ok(conventions)
    }

    pub(super) fn numbers(&self) -> Option<&DecimalFormatter> {
        let make = || DecimalFormatter::try_new(self.locale.clone().into(), Default::default()).ok();
        self.numbers.get_or_init(make).as_ref()
    }

    pub(super) fn percentages(&self) -> Option<&PercentFormatter<DecimalFormatter>> {
        let make = || PercentFormatter::try_new(self.locale.clone().into(), Default::default()).ok();
        self.percentages.get_or_init(make).as_ref()
    }

    pub(super) fn dates(&self, style: Style) -> Option<&Dates> {
        self.dates[style as usize].get_or_init(|| Dates::of(&self.locale, style)).as_ref()
    }

    /// Amounts of the currency of this code.
    pub(super) fn amounts(&self, code: &str) -> Result<Rc<Amounts>, Error> {
        if let Some(known) = self.amounts.get(code) {
            return Ok(known);
        }
        let amounts = Rc::new(Amounts::of(&self.locale, code)?);
        self.amounts.keep(code, &amounts);
        Ok(amounts)
    }
}

/// The last `MOST` of something, by name: so few that looking through them takes less than a hash.
struct Few<T, const MOST: usize>(RefCell<VecDeque<(String, Rc<T>)>>);

impl<T, const MOST: usize> Few<T, MOST> {
    const fn new() -> Self {
        Self(RefCell::new(VecDeque::new()))
    }

    fn get(&self, name: &str) -> Option<Rc<T>> {
        self.0.borrow().iter().find(|(known, _)| known == name).map(|(_, one)| Rc::clone(one))
    }

    fn keep(&self, name: &str, one: &Rc<T>) {
        let mut kept = self.0.borrow_mut();
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back((name.to_owned(), Rc::clone(one)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_few_the_one_kept_longest_leaves() {
        let few = Few::<usize, 3>::new();
        for (number, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
            few.keep(name, &Rc::new(number));
        }
        let kept = ["a", "b", "c", "d"].map(|name| few.get(name).as_deref().copied());
        assert_eq!(kept, [None, Some(1), Some(2), Some(3)]);
    }
}
