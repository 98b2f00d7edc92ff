//! Requests and replies of each protocol, byte for byte where it matters.
