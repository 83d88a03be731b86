//! Compound files of any length, laid out as told.

use crate::sparse::Sparse;

const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;
const TABLE: u32 = 0xFFFF_FFFD;

/// What a stream holds.
pub(crate) enum Content {
    Bytes(Vec<u8>),
    Zeros(u64),
}

/// A tree of storages and streams. Paths are parted by `/`.
pub(crate) struct Compound {
    pub(crate) streams: Vec<(&'static str, Content)>,
    /// 9 or 12.
    pub(crate) shift: u32,
    /// Directory and small streams behind the large ones instead of in front of them.
    pub(crate) late: bool,
}

struct Entry {
    name: String,
    parent: usize,
    /// Number in the list of streams; absent for a storage.
    stream: Option<usize>,
}

impl Compound {
    pub(crate) fn build(&self) -> Sparse {
        let sector = 1_u64 << self.shift;
        let entries = self.entries();
        // Small streams in a row.
        let mut mini = Vec::new();
        let mut mini_table: Vec<u32> = Vec::new();
        let mut places = vec![(END, 0_u64); self.streams.len()];
        for (index, (_, content)) in self.streams.iter().enumerate() {
            let Content::Bytes(bytes) = content else { continue };
            if bytes.len() < 4096 && !bytes.is_empty() {
                let first = mini_table.len() as u32;
                let count = bytes.len().div_ceil(64) as u32;
                mini_table.extend((first + 1..first + count).chain([END]));
                mini.extend_from_slice(bytes);
                mini.resize(mini_table.len() * 64, 0);
                places[index] = (first, bytes.len() as u64);
            }
        }
        let mut layout = Layout {
            sector,
            chains: Vec::new(),
            next: 0,
        };
        let directory_length = (entries.len() as u64 * 128).next_multiple_of(sector);
        let mini_table_length = (mini_table.len() as u64 * 4).next_multiple_of(sector);
        let small = |layout: &mut Layout| {
            [directory_length, mini_table_length, mini.len() as u64].map(|length| layout.take(length))
        };
        let early = (!self.late).then(|| small(&mut layout));
        for (index, (_, content)) in self.streams.iter().enumerate() {
            let length = match content {
                Content::Bytes(bytes) if bytes.len() >= 4096 => bytes.len() as u64,
                Content::Bytes(_) => continue,
                Content::Zeros(length) => *length,
            };
            places[index] = (layout.take(length), length);
        }
        let [directory, mini_sectors, mini_stream] = early.unwrap_or_else(|| small(&mut layout));
        layout.finish(
            self,
            &entries,
            &places,
            [directory, mini_sectors, mini_stream],
            &mini,
            &mini_table,
        )
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = vec![Entry {
            name: "Root Entry".to_owned(),
            parent: 0,
            stream: None,
        }];
        for (index, (path, _)) in self.streams.iter().enumerate() {
            let mut parent = 0;
            let names: Vec<&str> = path.split('/').collect();
            for (depth, name) in names.iter().enumerate() {
                let known = entries
                    .iter()
                    .skip(1)
                    .position(|entry| entry.parent == parent && entry.name == *name);
                let stream = (depth + 1 == names.len()).then_some(index);
                parent = known.map_or_else(
                    || {
                        entries.push(Entry {
                            name: (*name).to_owned(),
                            parent,
                            stream,
                        });
                        entries.len() - 1
                    },
                    |known| known + 1,
                );
            }
        }
        entries
    }
}

struct Layout {
    sector: u64,
    /// First sector and number of sectors of each chain; all chains are in a row.
    chains: Vec<(u64, u64)>,
    next: u64,
}

impl Layout {
    fn take(&mut self, length: u64) -> u32 {
        if length == 0 {
            return END;
        }
        let count = length.div_ceil(self.sector);
        self.chains.push((self.next, count));
        self.next += count;
        (self.next - count) as u32
    }

    fn finish(
        self,
        compound: &Compound,
        entries: &[Entry],
        places: &[(u32, u64)],
        [directory, mini_sectors, mini_stream]: [u32; 3],
        mini: &[u8],
        mini_table: &[u32],
    ) -> Sparse {
        let per_sector = self.sector / 4;
        // The table describes itself and the list of its sectors.
        let (mut tables, mut lists) = (0, 0);
        loop {
            let needed = (self.next + tables + lists).div_ceil(per_sector);
            let listed = needed.saturating_sub(109).div_ceil(per_sector - 1);
            if (needed, listed) == (tables, lists) {
                break;
            }
            (tables, lists) = (needed, listed);
        }
        let (first_table, first_list) = (self.next, self.next + tables);
        let offset = |number: u64| (number + 1) * self.sector;
        let mut file = Sparse::default();
        let mut table = vec![0_u8; (tables * self.sector) as usize];
        let mut set = |number: u64, value: u32| {
            let place = number as usize * 4;
            table[place..place + 4].copy_from_slice(&value.to_le_bytes());
        };
        for number in 0..tables * per_sector {
            set(number, FREE);
        }
        for (start, count) in &self.chains {
            for number in *start..start + count {
                set(
                    number,
                    if number + 1 == start + count {
                        END
                    } else {
                        number as u32 + 1
                    },
                );
            }
        }
        for number in first_table..first_table + tables {
            set(number, TABLE);
        }
        for number in first_list..first_list + lists {
            set(number, TABLE - 1);
        }
        file.put(offset(first_table), table);
        let numbers: Vec<u32> = (first_table..first_table + tables)
            .map(|number| number as u32)
            .collect();
        let mut header = vec![0_u8; 512];
        header[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
        let mut put = |place: usize, bytes: &[u8]| header[place..place + bytes.len()].copy_from_slice(bytes);
        put(
            24,
            &[
                0x3E,
                0,
                if compound.shift == 9 { 3 } else { 4 },
                0,
                0xFE,
                0xFF,
                compound.shift as u8,
                0,
                6,
                0,
            ],
        );
        put(44, &(tables as u32).to_le_bytes());
        put(48, &directory.to_le_bytes());
        put(56, &4096_u32.to_le_bytes());
        put(60, &mini_sectors.to_le_bytes());
        put(68, &(if lists == 0 { END } else { first_list as u32 }).to_le_bytes());
        for place in 0..109 {
            put(
                76 + place * 4,
                &numbers.get(place).copied().unwrap_or(FREE).to_le_bytes(),
            );
        }
        file.put(0, header);
        for (index, rest) in numbers
            .get(109..)
            .unwrap_or_default()
            .chunks(per_sector as usize - 1)
            .enumerate()
        {
            let mut list: Vec<u8> = rest.iter().flat_map(|number| number.to_le_bytes()).collect();
            list.resize(self.sector as usize - 4, 0xFF);
            let more = index as u64 + 1 < lists;
            list.extend(
                (if more {
                    (first_list + index as u64 + 1) as u32
                } else {
                    END
                })
                .to_le_bytes(),
            );
            file.put(offset(first_list + index as u64), list);
        }
        for (index, (_, content)) in compound.streams.iter().enumerate() {
            match content {
                Content::Bytes(bytes) if bytes.len() >= 4096 => file.put(offset(places[index].0.into()), bytes.clone()),
                _ => {}
            }
        }
        if !mini.is_empty() {
            file.put(offset(mini_stream.into()), mini);
            let bytes: Vec<u8> = mini_table.iter().flat_map(|number| number.to_le_bytes()).collect();
            file.put(offset(mini_sectors.into()), bytes);
        }
        let records: Vec<u8> = entries
            .iter()
            .enumerate()
            .flat_map(|(number, entry)| {
                let root = (mini_stream, mini.len() as u64);
                record(
                    entries,
                    number,
                    entry
                        .stream
                        .map_or(if number == 0 { root } else { (0, 0) }, |stream| places[stream]),
                )
            })
            .collect();
        file.put(offset(directory.into()), records);
        file.length = offset(first_list + lists);
        file
    }
}

/// Children of a storage are a list: each is the right sibling of the one before.
fn record(entries: &[Entry], number: usize, (start, length): (u32, u64)) -> Vec<u8> {
    let entry = &entries[number];
    let after = |from: usize, parent: usize| {
        let found = entries
            .iter()
            .enumerate()
            .skip(from.max(1))
            .find(|(_, other)| other.parent == parent);
        found.map_or(FREE, |(index, _)| index as u32)
    };
    let mut record: Vec<u8> = entry.name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let name_length = record.len() as u16 + 2;
    record.resize(64, 0);
    record.extend(name_length.to_le_bytes());
    record.push(if number == 0 {
        5
    } else if entry.stream.is_some() {
        2
    } else {
        1
    });
    record.push(1);
    record.extend(FREE.to_le_bytes());
    record.extend(
        (if number == 0 {
            FREE
        } else {
            after(number + 1, entry.parent)
        })
        .to_le_bytes(),
    );
    record.extend((if entry.stream.is_some() { FREE } else { after(1, number) }).to_le_bytes());
    record.resize(116, 0);
    record.extend(start.to_le_bytes());
    record.extend(length.to_le_bytes());
    record
}
