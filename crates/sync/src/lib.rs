//! Messages of every linked account as one state: apply, outbox, history and reads.
