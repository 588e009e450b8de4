//! JSON texts of many rows as columns: one per place in the tree that the rows have in common.

use super::strings::{distinct_for_choice, is_choice};
use super::Writer;
use crate::forms::trees::{
    ALONE, CONSTANT, DEPTH, FEW, KINDS, LIST, LISTS, MANY, MIXED, NOTHING, NULL, OBJECT, OBJECTS, POSITIONS, SHORT,
    SPARSE, TEXT, TEXTS, UNION,
};
use crate::json::Cell;
use crate::scope::Scope;
use crate::texts::{distinct, is_same, Text};
use crate::{Refused, Result};

impl<'a> Writer<'a, '_> {
    fn texts(&self, values: &[Cell]) -> Vec<Text<'a>> {
        values.iter().map(|&value| self.tape.text(value)).collect()
    }

    pub fn tree(&mut self, scope: &Scope<'a, '_>, values: &[Cell], depth: usize) -> Result<()> {
        let (first, count) = (self.tape.text(values[0]), values.len());
        if (count > 1 || first.len() < ALONE) && values[1..].iter().all(|&value| is_same(self.tape.text(value), first))
        {
            self.sink.plan.push(CONSTANT);
            self.sink.item(first);
            return Ok(());
        }
        let begin = if depth < DEPTH { first.first() } else { None };
        let is_tree = matches!(begin, Some(b'{' | b'['));
        if is_tree && count >= MANY && self.few(scope, values)? {
            return Ok(());
        }
        if is_tree && values.iter().all(|&value| self.tape.text(value).first() == begin) {
            if begin == Some(&b'[') {
                return self.lists(scope, values, depth);
            }
            if self.objects(scope, values, depth)? {
                return Ok(());
            }
        }
        self.leaves(scope, values, depth)
    }

    fn leaves(&mut self, scope: &Scope<'a, '_>, values: &[Cell], depth: usize) -> Result<()> {
        let texts = self.texts(values);
        let kinds: Vec<u8> = texts.iter().map(|text| kind_of(text)).collect();
        let is_brace = |byte: &u8| matches!(byte, b'{' | b'[');
        if depth < DEPTH
            && kinds.iter().any(|&kind| kind != kinds[0])
            && texts.iter().any(|text| text.iter().any(is_brace))
        {
            return self.mixed(scope, values, &kinds, depth);
        }
        let found = distinct_for_choice(&texts);
        let blank = texts.iter().filter(|text| matches!(**text, b"" | b"null")).count();
        let pays = |distinct: usize| is_choice(distinct, texts.len() - blank, texts[0]);
        if blank > 0 && !found.as_ref().is_some_and(|found| pays(found.texts.len())) {
            return self.mixed(scope, values, &kinds, depth);
        }
        self.sink.plan.push(TEXTS);
        self.counted(Some(scope), texts, found, 0)
    }

    fn mixed(&mut self, scope: &Scope<'a, '_>, values: &[Cell], kinds: &[u8], depth: usize) -> Result<()> {
        let mut rows: [Vec<u32>; KINDS] = Default::default();
        for (row, &kind) in kinds.iter().enumerate() {
            rows[kind as usize].push(row as u32);
        }
        let found: Vec<u8> = (0..KINDS as u8).filter(|&kind| !rows[kind as usize].is_empty()).collect();
        self.sink.plan.extend([MIXED, found.len() as u8]);
        self.sink.plan.extend_from_slice(&found);
        self.sink.small.extend_from_slice(kinds);
        for kind in found {
            if !matches!(kind, NOTHING | NULL) {
                let rows = std::mem::take(&mut rows[kind as usize]);
                let part: Vec<Cell> = rows.iter().map(|&row| values[row as usize]).collect();
                self.tree(&scope.part(rows), &part, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Objects or lists that are mostly the same (plans of a licence) are not cut. Samples say whether to look.
    fn few(&mut self, scope: &Scope<'a, '_>, values: &[Cell]) -> Result<bool> {
        let mut samples: Vec<Text> = Vec::with_capacity(FEW);
        for &value in values.iter().step_by(values.len() / 16) {
            let text = self.tape.text(value);
            if !samples.contains(&text) {
                if samples.len() == FEW {
                    return Ok(false);
                }
                samples.push(text);
            }
        }
        let texts = self.texts(values);
        let Some(found) = distinct(&texts, texts.len() / 16) else { return Ok(false) };
        self.sink.plan.push(TEXTS);
        self.counted(Some(scope), texts, Some(found), 0)?;
        Ok(true)
    }

    /// Of objects only. False when their keys have too little in common.
    fn objects(&mut self, scope: &Scope<'a, '_>, values: &[Cell], depth: usize) -> Result<bool> {
        let keys: Vec<u32> = self.tape.inner(values[0]).map(|(key, _)| key).collect();
        let (form, keys, columns) = match self.same_keys(&keys, values)? {
            Some(columns) => (OBJECTS, keys, columns),
            None => match self.nearly_same_keys(&keys, values)? {
                Some((keys, columns)) => (UNION, keys, columns),
                None => return Ok(false),
            },
        };
        self.sink.plan.push(form);
        let names: Vec<&[u8]> = keys.iter().map(|&key| self.tape.key(key)).collect();
        self.sink.item(&[b"[", names.join(&b',').as_slice(), b"]"].concat());
        for column in columns.chunks(values.len()).take(keys.len()) {
            self.tree(scope, column, depth + 1)?;
        }
        Ok(true)
    }

    /// The columns of objects that have these keys in this order, one behind the other; None when one has others.
    fn same_keys(&self, keys: &[u32], values: &[Cell]) -> Result<Option<Vec<Cell>>> {
        let count = values.len();
        if keys.len() * count > self.tape.values() {
            return Ok(None);
        }
        let mut columns = vec![Cell::ABSENT; keys.len() * count];
        let mut seen = vec![false; self.tape.keys()];
        for &key in keys {
            if std::mem::replace(&mut seen[key as usize], true) {
                return Err(Refused);
            }
        }
        for (row, &value) in values.iter().enumerate() {
            let mut place = 0;
            for (key, inner) in self.tape.inner(value) {
                if keys.get(place) != Some(&key) {
                    return Ok(None);
                }
                columns[place * count + row] = inner;
                place += 1;
            }
            if place < keys.len() {
                return Ok(None);
            }
        }
        Ok(Some(columns))
    }

    /// All keys, sorted, and their columns; None when too many places in them would be empty.
    fn nearly_same_keys(&self, first: &[u32], values: &[Cell]) -> Result<Option<(Vec<u32>, Vec<Cell>)>> {
        let mut seen = vec![false; self.tape.keys()];
        let mut keys = Vec::new();
        let mut total = 0;
        let mut only_in_other_order = true;
        for &value in values {
            let mut size = 0;
            for (key, _) in self.tape.inner(value) {
                if !std::mem::replace(&mut seen[key as usize], true) {
                    keys.push(key);
                }
                size += 1;
            }
            only_in_other_order &= size == first.len();
            total += size;
        }
        if only_in_other_order && keys.len() == first.len() {
            return Err(Refused);
        }
        if keys.len() * values.len() > SPARSE * total {
            return Ok(None);
        }
        keys.sort_unstable_by_key(|&key| {
            let text = self.tape.key(key);
            &text[1..text.len() - 1]
        });
        let mut places = vec![0; self.tape.keys()];
        for (place, &key) in keys.iter().enumerate() {
            places[key as usize] = place;
        }
        let mut columns = vec![Cell::ABSENT; keys.len() * values.len()];
        for (row, &value) in values.iter().enumerate() {
            for (key, inner) in self.tape.inner(value) {
                let cell = &mut columns[places[key as usize] * values.len() + row];
                if !std::mem::replace(cell, inner).is_absent() {
                    return Err(Refused);
                }
            }
        }
        Ok(Some((keys, columns)))
    }

    /// Of lists only.
    fn lists(&mut self, scope: &Scope<'a, '_>, values: &[Cell], depth: usize) -> Result<()> {
        let lengths: Vec<u64> = values.iter().map(|&value| self.tape.inner(value).count() as u64).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0) as usize;
        let inner = |value: Cell| self.tape.inner(value).map(|(_, inner)| inner);
        if longest > SHORT {
            self.sink.plan.push(LISTS);
            self.sink.integers(&lengths);
            let entries: Vec<Cell> = values.iter().flat_map(|&value| inner(value)).collect();
            return self.tree(&Scope::alone(entries.len()), &entries, depth + 1);
        }
        let mut columns = vec![Cell::ABSENT; longest * values.len()];
        for (row, &value) in values.iter().enumerate() {
            for (place, entry) in inner(value).enumerate() {
                columns[place * values.len() + row] = entry;
            }
        }
        self.sink.plan.extend([POSITIONS, longest as u8]);
        for column in columns.chunks(values.len()) {
            self.tree(scope, column, depth + 1)?;
        }
        Ok(())
    }
}

fn kind_of(text: &[u8]) -> u8 {
    match text.first() {
        None => NOTHING,
        Some(b'n') => NULL,
        Some(b'{') => OBJECT,
        Some(b'[') => LIST,
        Some(_) => TEXT,
    }
}
