//! One binary for all tests of the frontend server: the real router against a backend of the tests' own.
