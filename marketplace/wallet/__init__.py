"""What a wallet is asked to sign or send, in words. The demo wallet shows them; nothing here signs."""
