//! When a verified token is believed without another look, and when not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::support::*;
use crate::{AuthError, Verifier};

/// A verifier whose keys and clock the test holds.
fn rotating() -> (Verifier, Arc<FakeKeys>, TestClock) {
    let keys = FakeKeys::new(key_set(&[rsa().jwk()]));
    let clock = TestClock::new();
    (Verifier::new(config(keys.clone()), clock.clock()), keys, clock)
}

#[tokio::test]
async fn a_verified_token_is_believed_for_five_minutes() {
    let (verifier, _keys, clock) = rotating();
    let token = token(&claims());
    let first = verifier.verify(&token).await.unwrap();
    for (at, from_cache) in [(0, true), (299, true), (300, false)] {
        clock.set(NOW + at);
        let again = verifier.verify(&token).await.unwrap();
        assert_eq!(again, first);
        assert_eq!(Arc::ptr_eq(&again.issuer, &first.issuer), from_cache, "{at}");
    }
}

#[tokio::test]
async fn a_key_taken_away_ends_its_tokens_at_once() {
    let (verifier, keys, _clock) = rotating();
    let token = token(&claims());
    assert!(verifier.verify(&token).await.is_ok());
    keys.set(key_set(&[foreign_rsa().jwk()]));
    assert_eq!(verifier.verify(&token).await, Err(AuthError::UnknownKey));
    keys.set(key_set(&[rsa().jwk(), foreign_rsa().jwk()]));
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let (verifier, keys, _clock) = rotating();
    let signed_with_new = token_with(&claims(), foreign_rsa(), jsonwebtoken::Algorithm::RS256);
    assert_eq!(verifier.verify(&signed_with_new).await, Err(AuthError::UnknownKey));
    keys.set_after_refresh(key_set(&[foreign_rsa().jwk()]));
    assert!(verifier.verify(&signed_with_new).await.is_ok());
    assert_eq!(keys.refreshes.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_known_key_is_never_a_reason_to_fetch() {
    let (verifier, keys, clock) = rotating();
    assert!(verifier.verify(&token(&claims())).await.is_ok());
    clock.advance(400);
    assert!(verifier.verify(&token(&claims())).await.is_ok());
    let forged = format!("{}x", token(&claims()));
    assert!(verifier.verify(&forged).await.is_err());
    assert_eq!(keys.refreshes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_cached_token_expires_with_its_claim() {
    let (verifier, _keys, clock) = rotating();
    let token = token(&with(claims(), json!({"exp": NOW + 100})));
    assert!(verifier.verify(&token).await.is_ok());
    // Between `exp` and the end of the allowed difference it is verified again each time.
    for (at, expected) in [(99, None), (100, None), (399, None), (400, Some(AuthError::Expired))] {
        clock.set(NOW + at);
        assert_eq!(verifier.verify(&token).await.err(), expected, "{at}");
    }
}

#[tokio::test]
async fn a_cached_token_is_not_believed_before_its_time() {
    let (verifier, _keys, clock) = rotating();
    let token = token(&with(claims(), json!({"nbf": NOW})));
    assert!(verifier.verify(&token).await.is_ok());
    clock.set(NOW - 1000);
    assert_eq!(verifier.verify(&token).await, Err(AuthError::NotYetValid));
}

#[tokio::test]
async fn without_keys_nothing_is_verified_not_even_from_the_cache() {
    let (verifier, keys, _clock) = rotating();
    let token = token(&claims());
    assert!(verifier.verify(&token).await.is_ok());
    keys.set_unavailable();
    assert_eq!(verifier.verify(&token).await, Err(AuthError::KeysUnavailable));
}

#[tokio::test]
async fn a_token_is_cached_as_a_whole() {
    let (verifier, _keys, _clock) = rotating();
    let token = token(&claims());
    assert!(verifier.verify(&token).await.is_ok());
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(
        verifier.verify(&format!("{signed}.AAAA")).await,
        Err(AuthError::BadSignature)
    );
}

#[tokio::test]
async fn a_verifier_that_remembers_nothing_still_verifies() {
    let keys = FakeKeys::new(key_set(&[rsa().jwk()]));
    let mut config = config(keys);
    config.cache_capacity = 0;
    let verifier = Verifier::new(config, TestClock::new().clock());
    for _ in 0..2 {
        assert!(verifier.verify(&token(&claims())).await.is_ok());
    }
}
