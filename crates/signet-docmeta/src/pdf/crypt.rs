//! The standard security handler with the empty user password. Source: ISO 32000-2, 7.6.

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use aes::{Aes128, Aes256};
use md5::{Digest, Md5};
use rc4::{KeyInit, Rc4, StreamCipher};
use sha2::{Sha256, Sha384, Sha512};

use crate::error::{ReadError, malformed};
use crate::pdf::object::{Dictionary, Object, ObjectId};

const BAD: ReadError = malformed("the PDF's encryption dictionary is damaged");
const PADDING: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E, 0x2E, 0x00,
    0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];

/// The key of a document, and what is enciphered how.
#[derive(Debug, Clone)]
pub(super) struct Cipher {
    key: Vec<u8>,
    strings: Method,
    streams: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Identity,
    Rc4,
    /// AES with a key of its own for every object.
    Aes128,
    /// AES with the document's key.
    Aes256,
}

/// What an encryption dictionary of the standard handler says.
struct Standard<'a> {
    version: i64,
    revision: i64,
    owner: &'a [u8],
    user: &'a [u8],
    user_key: Option<&'a [u8]>,
    permissions: i64,
    key_bytes: usize,
    encrypt_metadata: bool,
}

/// Whether the metadata stream is enciphered like the others.
pub(super) fn encrypts_metadata(dictionary: &Dictionary) -> bool {
    dictionary.get("EncryptMetadata") != Some(&Object::Boolean(false))
}

impl Cipher {
    /// Opens a document with the empty user password. All values of `dictionary` must be direct objects.
    /// `None` when the password is another one, or the scheme is not known.
    pub(super) fn open(dictionary: &Dictionary, file_id: &[u8]) -> Result<Option<Self>, ReadError> {
        let standard = Standard::read(dictionary)?;
        let methods = match standard.version {
            1 | 2 => Some((Method::Rc4, Method::Rc4)),
            4 | 5 => crypt_filter(dictionary, "StrF").zip(crypt_filter(dictionary, "StmF")),
            _ => None,
        };
        let Some((strings, streams)) = methods else {
            return Ok(None);
        };
        let key = match standard.revision {
            2..=4 => standard.key(file_id)?,
            5 | 6 => standard.key_256()?,
            _ => None,
        };
        Ok(key.map(|key| Self { key, strings, streams }))
    }

    pub(super) fn string(&self, id: ObjectId, data: &[u8]) -> Vec<u8> {
        self.decipher(self.strings, id, data)
    }

    pub(super) fn stream(&self, id: ObjectId, data: &[u8]) -> Vec<u8> {
        self.decipher(self.streams, id, data)
    }

    fn decipher(&self, method: Method, id: ObjectId, data: &[u8]) -> Vec<u8> {
        match method {
            Method::Identity => data.to_vec(),
            Method::Rc4 => rc4(&self.object_key(id, b""), data),
            Method::Aes128 => aes_with_vector(&self.object_key(id, b"sAlT"), data),
            Method::Aes256 => aes_with_vector(&self.key, data),
        }
    }

    /// Algorithm 1.
    fn object_key(&self, id: ObjectId, salt: &[u8]) -> Vec<u8> {
        let mut hash = Md5::new();
        hash.update(&self.key);
        hash.update(id.number.to_le_bytes().get(..3).unwrap_or_default());
        hash.update(id.generation.to_le_bytes());
        hash.update(salt);
        let length = (self.key.len() + 5).min(16);
        hash.finalize().iter().take(length).copied().collect()
    }
}

impl<'a> Standard<'a> {
    fn read(dictionary: &'a Dictionary) -> Result<Self, ReadError> {
        let integer = |key: &str| dictionary.get(key).and_then(Object::as_integer);
        let text = |key: &str| dictionary.get(key).and_then(Object::as_string);
        let version = integer("V").unwrap_or(0);
        Ok(Self {
            version,
            revision: integer("R").ok_or(BAD)?,
            owner: text("O").ok_or(BAD)?,
            user: text("U").ok_or(BAD)?,
            user_key: text("UE"),
            permissions: integer("P").ok_or(BAD)?,
            key_bytes: key_bytes(dictionary, version)?,
            encrypt_metadata: encrypts_metadata(dictionary),
        })
    }

    /// Algorithms 2, 4, 5 and 6: the key, if the empty password is the user's.
    fn key(&self, file_id: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        let owner = self.owner.get(..32).ok_or(BAD)?;
        let user = self.user.get(..32).ok_or(BAD)?;
        let permissions = (self.permissions & 0xFFFF_FFFF).to_le_bytes();
        let mut hash = Md5::new();
        hash.update(PADDING);
        hash.update(owner);
        hash.update(permissions.get(..4).unwrap_or_default());
        hash.update(file_id);
        if self.revision >= 4 && !self.encrypt_metadata {
            hash.update([0xFF; 4]);
        }
        let mut key: Vec<u8> = hash.finalize().iter().take(self.key_bytes).copied().collect();
        if self.revision == 2 {
            return Ok((rc4(&key, &PADDING) == user).then_some(key));
        }
        for _ in 0..50 {
            key = Md5::digest(&key).iter().take(self.key_bytes).copied().collect();
        }
        let mut check = Md5::new();
        check.update(PADDING);
        check.update(file_id);
        let mut check = check.finalize().to_vec();
        for step in 0..20_u8 {
            let step_key: Vec<u8> = key.iter().map(|byte| byte ^ step).collect();
            check = rc4(&step_key, &check);
        }
        Ok((user.get(..16) == Some(check.as_slice())).then_some(key))
    }

    /// Algorithm 2.A: the key, if the empty password is the user's.
    fn key_256(&self) -> Result<Option<Vec<u8>>, ReadError> {
        let (hash, salts) = self.user.split_at_checked(32).ok_or(BAD)?;
        let (check, rest) = salts.split_at_checked(8).ok_or(BAD)?;
        let salt = rest.get(..8).ok_or(BAD)?;
        let enciphered = self.user_key.and_then(|key| key.get(..32)).ok_or(BAD)?;
        let digest = |salt: &[u8]| {
            let first = Sha256::digest(salt).to_vec();
            if self.revision == 5 { first } else { hardened(first) }
        };
        if digest(check) != hash {
            return Ok(None);
        }
        Ok(Some(aes_256(&digest(salt), &[0; 16], enciphered)))
    }
}

/// Length of the document's key for versions up to 4.
fn key_bytes(dictionary: &Dictionary, version: i64) -> Result<usize, ReadError> {
    let stated = |dictionary: &Dictionary| dictionary.get("Length").and_then(Object::as_integer);
    let bits = match version {
        1 => 40,
        4 => {
            // Filters state bytes or bits; AES takes 128 bits whatever is stated.
            let filter = named_filter(dictionary, "StmF");
            let of_filter = filter
                .and_then(stated)
                .map(|length| if length < 40 { length * 8 } else { length });
            let is_aes = filter.is_some_and(|filter| filter.names("CFM", "AESV2"));
            if is_aes {
                128
            } else {
                stated(dictionary).or(of_filter).unwrap_or(128)
            }
        }
        _ => stated(dictionary).unwrap_or(40),
    };
    match usize::try_from(bits / 8) {
        Ok(bytes @ 5..=16) => Ok(bytes),
        // Longer keys belong to version 5, which does not use this number.
        _ if version == 5 => Ok(32),
        _ => Err(BAD),
    }
}

fn named_filter<'a>(dictionary: &'a Dictionary, use_of: &str) -> Option<&'a Dictionary> {
    let name = std::str::from_utf8(dictionary.get(use_of)?.as_name()?).ok()?;
    dictionary.get("CF")?.as_dictionary()?.get(name)?.as_dictionary()
}

fn crypt_filter(dictionary: &Dictionary, use_of: &str) -> Option<Method> {
    if dictionary.get(use_of).is_none() || dictionary.names(use_of, "Identity") {
        return Some(Method::Identity);
    }
    match named_filter(dictionary, use_of)?.get("CFM")?.as_name()? {
        b"None" => Some(Method::Identity),
        b"V2" => Some(Method::Rc4),
        b"AESV2" => Some(Method::Aes128),
        b"AESV3" => Some(Method::Aes256),
        _ => None,
    }
}

/// Algorithm 2.B for the empty password.
fn hardened(first: Vec<u8>) -> Vec<u8> {
    let mut key = first;
    let mut round = 0_u32;
    loop {
        let mut block = key.repeat(64);
        let (cipher_key, rest) = key.split_at_checked(16).unwrap_or((&[], &[]));
        let vector = rest.get(..16).unwrap_or_default();
        let length = block.len();
        if let Ok(cipher) = cbc::Encryptor::<Aes128>::new_from_slices(cipher_key, vector) {
            // The length is a multiple of 64, so that nothing can fail.
            let _ = cipher.encrypt_padded::<NoPadding>(&mut block, length);
        }
        let remainder = block.iter().take(16).map(|byte| u32::from(*byte)).sum::<u32>() % 3;
        key = match remainder {
            0 => Sha256::digest(&block).to_vec(),
            1 => Sha384::digest(&block).to_vec(),
            _ => Sha512::digest(&block).to_vec(),
        };
        let last = block.last().copied().map_or(0, u32::from);
        round += 1;
        if round >= 64 && last + 32 <= round {
            key.truncate(32);
            return key;
        }
    }
}

fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    if let Ok(mut cipher) = Rc4::new_from_slice(key) {
        cipher.apply_keystream(&mut data);
    }
    data
}

fn aes_256(key: &[u8], vector: &[u8], data: &[u8]) -> Vec<u8> {
    aes(key, vector, data).unwrap_or_default()
}

/// AES data that starts with its initialization vector and ends with padding. Data that does not is taken as empty.
fn aes_with_vector(key: &[u8], data: &[u8]) -> Vec<u8> {
    let Some((vector, data)) = data.split_at_checked(16) else {
        return Vec::new();
    };
    let whole = data.get(..data.len() - data.len() % 16).unwrap_or_default();
    let mut plain = aes(key, vector, whole).unwrap_or_default();
    if let Some(padding @ 1..=16) = plain.last().copied() {
        plain.truncate(plain.len().saturating_sub(padding.into()));
    }
    plain
}

fn aes(key: &[u8], vector: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut plain = data.to_vec();
    match key.len() {
        16 => cbc::Decryptor::<Aes128>::new_from_slices(key, vector)
            .ok()?
            .decrypt_padded::<NoPadding>(&mut plain)
            .ok()?,
        _ => cbc::Decryptor::<Aes256>::new_from_slices(key, vector)
            .ok()?
            .decrypt_padded::<NoPadding>(&mut plain)
            .ok()?,
    };
    Some(plain)
}
