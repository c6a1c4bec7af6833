//! How a locale writes. Its formatters are made when first asked for and kept, because making one takes many times what
//! writing with it does.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use icu_decimal::DecimalFormatter;
use icu_experimental::dimension::percent::formatter::PercentFormatter;
use icu_locale::Locale;
use minijinja::Error;
use quick_cache::unsync::Cache;

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
    static KNOWN: RefCell<Cache<String, Rc<Conventions>>> = RefCell::new(Cache::new(LOCALES));
}

/// The formatters of one locale; none where its data has none.
pub(super) struct Conventions {
    locale: Locale,
    numbers: OnceCell<Option<DecimalFormatter>>,
    percentages: OnceCell<Option<PercentFormatter<DecimalFormatter>>>,
    dates: [OnceCell<Option<Dates>>; Style::COUNT],
    amounts: RefCell<Cache<String, Rc<Amounts>>>,
}

impl Conventions {
    /// Those of the locale of this name, which `read` makes of it where it is not known yet.
    pub(super) fn of(
        name: &str,
        read: impl FnOnce(&str) -> Result<Locale, Error>,
    ) -> Result<Rc<Self>, Error> {
        if let Some(known) = KNOWN.with_borrow(|known| known.get(name).cloned()) {
            return Ok(known);
        }
        let conventions = Rc::new(Self {
            locale: read(name)?,
            numbers: OnceCell::new(),
            percentages: OnceCell::new(),
            dates: [const { OnceCell::new() }; Style::COUNT],
            amounts: RefCell::new(Cache::new(CURRENCIES)),
        });
        if name.len() <= NAME {
            KNOWN.with_borrow_mut(|known| known.insert(name.to_owned(), Rc::clone(&conventions)));
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
        if let Some(known) = self.amounts.borrow().get(code) {
            return Ok(Rc::clone(known));
        }
        let amounts = Rc::new(Amounts::of(&self.locale, code)?);
        self.amounts.borrow_mut().insert(code.to_owned(), Rc::clone(&amounts));
        Ok(amounts)
    }
}
