//! Who is calling: token verification, key sets, principals and the development issuer.
