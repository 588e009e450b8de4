//! Columns of texts: what they have in common is written once, what remains as compactly as its form allows.

use super::pictures::picture_of;
use super::Writer;
use crate::forms::strings::{
    AROUND, CHOICE, DEPTH, LONG, MARKS, MOST_MARKS, NUMBERS, ONE, PICTURE, SAME, SEPARATORS, SHORT, SID, SPLIT, TEXT,
};
use crate::scope::Scope;
use crate::sids::{sids, ID};
use crate::texts::{common_beginning, common_end, contains, distinct, find, replace_into, Distinct, Made, Text};
use crate::Result;

type Within<'a, 's> = Option<&'s Scope<'a, 's>>;

/// Whether an index pays: long texts are worth one when a quarter of them repeats, short ones when half does.
pub fn is_choice(distinct: usize, count: usize, first: &[u8]) -> bool {
    4 * distinct <= count * if first.len() >= LONG { 3 } else { 2 }
}

/// None when there are too many for a choice.
pub fn distinct_for_choice<'a>(texts: &[Text<'a>]) -> Option<Distinct<'a>> {
    let most = texts.len() * if texts[0].len() >= LONG { 3 } else { 2 } / 4;
    distinct(texts, most.max(1))
}

impl<'a> Writer<'a, '_> {
    fn strings(&mut self, scope: Within<'a, '_>, texts: Vec<Text<'a>>, depth: usize) -> Result<()> {
        let found = distinct_for_choice(&texts);
        self.counted(scope, texts, found, depth)
    }

    pub fn counted(
        &mut self,
        scope: Within<'a, '_>,
        texts: Vec<Text<'a>>,
        found: Option<Distinct<'a>>,
        depth: usize,
    ) -> Result<()> {
        match found {
            Some(found) if found.texts.len() == 1 => {
                self.sink.plan.push(ONE);
                self.sink.item(texts[0]);
                Ok(())
            }
            Some(found) => {
                self.sink.plan.push(CHOICE);
                self.sink.number(found.texts.len() as u64);
                self.sink.index(found.texts.len(), &found.index);
                self.different(None, found.texts, depth)
            }
            None => self.different(scope, texts, depth),
        }
    }

    /// For texts that hardly ever repeat.
    fn different(&mut self, scope: Within<'a, '_>, texts: Vec<Text<'a>>, depth: usize) -> Result<()> {
        let at = self.sink.plan.len();
        self.sink.plan.push(TEXT);
        self.sink.plan[at] = self.form(scope, texts, depth)?;
        Ok(())
    }

    /// Returns the form that was chosen.
    fn form(&mut self, scope: Within<'a, '_>, texts: Vec<Text<'a>>, depth: usize) -> Result<u8> {
        let mut around = None;
        if let Some(scope) = scope {
            if let Some(form) = self.reference(scope, &texts) {
                return Ok(form);
            }
            around = containing(scope, &texts, depth);
        }
        if around.is_none() && self.long_picture(scope, &texts) {
            return Ok(PICTURE);
        }
        let (prefix, suffix) = shared(&texts);
        self.sink.item(&texts[0][..prefix]);
        self.sink.item(&texts[0][texts[0].len() - suffix..]);
        let cores: Vec<Text> = texts.iter().map(|text| &text[prefix..text.len() - suffix]).collect();
        let form = if let (Some(number), Some(scope)) = (around, scope) {
            if self.around(scope, number, &cores, depth)? {
                Some(AROUND)
            } else {
                None
            }
        } else {
            None
        };
        let form = match form {
            Some(form) => form,
            None => self.core(scope, &cores, depth)?,
        };
        if let Some(scope) = scope {
            scope.add(cores);
        }
        Ok(form)
    }

    fn core(&mut self, scope: Within<'a, '_>, cores: &[Text<'a>], depth: usize) -> Result<u8> {
        if self.sink.decimals(cores)? {
            return Ok(NUMBERS);
        }
        if let Some(picture) = picture_of(cores) {
            self.sink.picture(&picture);
            return Ok(PICTURE);
        }
        if depth < DEPTH && self.split(scope, cores, depth)? {
            return Ok(SPLIT);
        }
        for core in cores {
            self.sink.item(core);
        }
        Ok(TEXT)
    }

    /// When the column is another one, or the security identifiers to it, with the same around it in all rows.
    fn reference(&mut self, scope: &Scope<'a, '_>, texts: &[Text<'a>]) -> Option<u8> {
        let (first, last) = (texts[0], texts[texts.len() - 1]);
        let may_be_sid = first.iter().filter(|&&byte| byte == b'-').count() >= 3;
        for number in 0..scope.known() {
            let (mut other, mut end) = (scope.text(number, 0), scope.text(number, scope.count - 1));
            let mut form = SAME;
            if may_be_sid && other.len() == ID {
                if let Some(sid) = sids(&[other]).map(|made| self.arena.keep(made.bytes)) {
                    if contains(first, sid) {
                        let ending = sids(&[end]).map(|made| made.bytes).unwrap_or_default();
                        (form, other, end) = (SID, sid, self.arena.keep(ending));
                    }
                }
            }
            if other.len() < SHORT {
                continue;
            }
            let Some(at) = find(first, other) else { continue };
            let (prefix, suffix) = (&first[..at], &first[at + other.len()..]);
            if !is_between(last, prefix, end, suffix) {
                continue;
            }
            let mut column = scope.column(number)?;
            if form == SID {
                let Some(made) = sids(&column) else { continue };
                column = made.keep(&self.arena).into();
            }
            if texts.iter().zip(column.iter()).all(|(text, core)| is_between(text, prefix, core, suffix)) {
                self.sink.item(prefix);
                self.sink.item(suffix);
                self.sink.number(number as u64);
                return Some(form);
            }
        }
        None
    }

    /// Ids and moments, quoted or not, without looking for what they share: chance may give a few the same digits.
    fn long_picture(&mut self, scope: Within<'a, '_>, texts: &[Text<'a>]) -> bool {
        let is_quoted = texts.iter().all(|text| text.len() > 1 && text[0] == b'"' && text.ends_with(b"\""));
        let edge = usize::from(is_quoted);
        let first = &texts[0][edge..texts[0].len() - edge];
        if first.len() < LONG || !matches!(first[0], b'0'..=b'9' | b'a'..=b'f') {
            return false;
        }
        let cores: Vec<Text> = texts.iter().map(|text| &text[edge..text.len() - edge]).collect();
        let Some(picture) = picture_of(&cores) else { return false };
        self.sink.item(&b"\""[..edge]);
        self.sink.item(&b"\""[..edge]);
        self.sink.picture(&picture);
        if let Some(scope) = scope {
            scope.add(cores);
        }
        true
    }

    fn around(&mut self, scope: &Scope<'a, '_>, number: usize, cores: &[Text<'a>], depth: usize) -> Result<bool> {
        let Some(others) = scope.column(number) else { return Ok(false) };
        let mut free = MARKS.iter().filter(|mark| !cores.iter().any(|core| core.contains(mark)));
        let Some(&mark) = free.next() else { return Ok(false) };
        if others.iter().any(|other| other.is_empty()) {
            return Ok(false);
        }
        self.sink.number(number as u64);
        self.sink.plan.push(mark);
        let mut made = Made::new(cores.len(), 0);
        for (core, other) in cores.iter().zip(others.iter()) {
            replace_into(&mut made.bytes, core, other, &[mark]);
            made.end();
        }
        let rest = made.keep(&self.arena);
        self.strings(Some(scope), rest, depth + 1)?;
        Ok(true)
    }

    fn split(&mut self, scope: Within<'a, '_>, cores: &[Text<'a>], depth: usize) -> Result<bool> {
        for &mark in SEPARATORS {
            let marks_in = |core: &[u8]| core.iter().filter(|&&byte| byte == mark).count();
            let marks = marks_in(cores[0]);
            if !(1..=MOST_MARKS).contains(&marks) || cores.iter().any(|core| marks_in(core) != marks) {
                continue;
            }
            self.sink.plan.extend([mark, marks as u8]);
            let mut parts: Vec<Vec<Text>> = vec![Vec::with_capacity(cores.len()); marks + 1];
            for core in cores {
                for (part, text) in parts.iter_mut().zip(core.split(|&byte| byte == mark)) {
                    part.push(text);
                }
            }
            for part in parts {
                self.strings(scope, part, depth + 1)?;
            }
            return Ok(true);
        }
        Ok(false)
    }
}

fn is_between(text: &[u8], prefix: &[u8], core: &[u8], suffix: &[u8]) -> bool {
    text.len() == prefix.len() + core.len() + suffix.len()
        && text.starts_with(prefix)
        && text.ends_with(suffix)
        && text[prefix.len()..].starts_with(core)
}

/// The longest column whose texts lie in these, by samples.
fn containing(scope: &Scope, texts: &[Text], depth: usize) -> Option<usize> {
    if depth >= DEPTH {
        return None;
    }
    let (first, middle, last) = (texts[0], texts[texts.len() / 2], texts[texts.len() - 1]);
    let mut found = None;
    let mut longest = SHORT - 1;
    for number in 0..scope.known() {
        let start = scope.text(number, 0);
        if longest < start.len()
            && contains(first, start)
            && contains(last, scope.text(number, scope.count - 1))
            && contains(middle, scope.text(number, scope.count / 2))
        {
            (found, longest) = (Some(number), start.len());
        }
    }
    found
}

/// How many bytes all texts begin with and end with alike; they do not overlap in any.
fn shared(texts: &[Text]) -> (usize, usize) {
    let (mut low, mut high, mut shortest) = (texts[0], texts[0], texts[0].len());
    for &text in texts {
        low = low.min(text);
        high = high.max(text);
        shortest = shortest.min(text.len());
    }
    let prefix = common_beginning(low, high);
    let mut suffix = common_end(low, high).min(low.len() - prefix);
    while suffix > 0 {
        let ending = &low[low.len() - suffix..];
        if texts.iter().all(|text| text.ends_with(ending)) {
            break;
        }
        suffix = suffix.saturating_sub(1 + suffix / 4);
    }
    if suffix > 0 && prefix + suffix > shortest {
        (prefix, 0)
    } else {
        (prefix, suffix)
    }
}
