//! The rows of a reply as they are given, with the fields that are used and no others. The table of expirations has 1.2 MB: a tree
//! of all its values takes several times as long to read.

use super::{
    ReplyError, Statistic,
    scanner::{Broken, Scanner, Value},
};

/// Why a reply cannot be read.
pub(super) enum Unreadable {
    Json(Broken),
    /// It is JSON, but has no list `data` of objects.
    NoRows,
    Row(ReplyError),
}

impl From<Broken> for Unreadable {
    fn from(broken: Broken) -> Self {
        Self::Json(broken)
    }
}

/// A row: the day, and the figures in the order of [`Statistic::fields`]; `None` where a field is not there.
pub(super) struct Row<'a> {
    pub(super) day: Option<Value<'a>>,
    pub(super) figures: Vec<Option<Value<'a>>>,
}

/// Gives each row under `data` to `take`.
pub(super) fn read<'a>(
    statistic: Statistic,
    body: &'a [u8],
    mut take: impl FnMut(&Row<'a>) -> Result<(), ReplyError>,
) -> Result<(), Unreadable> {
    let mut json = Scanner::new(body);
    let mut fields = Fields::of(statistic);
    let mut row = Row { day: None, figures: Vec::new() };
    let mut has_rows = false;
    opens(&mut json, b'{')?;
    json.members(|json, name| {
        if name != b"data" {
            return Ok(json.skip()?);
        }
        has_rows = true;
        opens(json, b'[')?;
        json.items(|json| {
            opens(json, b'{')?;
            row.day = None;
            row.figures.clear();
            row.figures.resize(statistic.fields().len(), None);
            let mut number = 0;
            json.members(|json, name| {
                let field = fields.find(number, name);
                number += 1;
                match field {
                    None => json.skip()?,
                    Some(Field::Day) => row.day = Some(json.value()?),
                    Some(Field::Figure(position)) => {
                        let value = json.value()?;
                        if let Some(figure) = row.figures.get_mut(position) {
                            *figure = Some(value);
                        }
                    }
                }
                Ok::<_, Unreadable>(())
            })?;
            take(&row).map_err(Unreadable::Row)
        })
    })?;
    json.end()?;
    if has_rows { Ok(()) } else { Err(Unreadable::NoRows) }
}

/// Makes sure that a list or an object comes next.
fn opens(json: &mut Scanner<'_>, bracket: u8) -> Result<(), Unreadable> {
    if json.peek()? == bracket {
        return Ok(());
    }
    // It may be cut, or no JSON at all.
    json.skip()?;
    Err(Unreadable::NoRows)
}

#[derive(Clone, Copy)]
enum Field {
    Day,
    Figure(usize),
}

/// Finds fields by their names.
struct Fields {
    statistic: Statistic,
    /// What each member of the row before was: rows have their members in the same order.
    before: Vec<Field>,
}

impl Fields {
    const fn of(statistic: Statistic) -> Self {
        Self { statistic, before: Vec::new() }
    }

    fn name(&self, field: Field) -> &'static str {
        match field {
            Field::Day => self.statistic.day_field(),
            Field::Figure(position) => self.statistic.fields()[position],
        }
    }

    /// The field of the member with this number and name; `None` for one that is not used.
    fn find(&mut self, number: usize, name: &[u8]) -> Option<Field> {
        let is_named = |field: &Field| self.name(*field).as_bytes() == name;
        if let Some(field) = self.before.get(number).copied().filter(is_named) {
            return Some(field);
        }
        let mut figures = (0..self.statistic.fields().len()).map(Field::Figure);
        let field = std::iter::once(Field::Day).chain(&mut figures).find(is_named)?;
        self.before.resize((number + 1).max(self.before.len()), field);
        self.before[number] = field;
        Some(field)
    }
}
