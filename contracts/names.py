"""The contracts' names in a deployment, and the constants that they share."""

MARKET = "ModelMarketplace"
SPLITTER = "RevenueSplitter"
PASS = "AccessPass"  # noqa: S105  a contract's name
PRICING = "Pricing"
ESCROW = "InferenceEscrow"
PARAMETERS = "ProtocolParameters"
DEMO_DOLLAR = "DemoDollar"  # on the local chain alone

# On the home chain alone.
TOKEN = "LatticeToken"  # noqa: S105  a contract's name
DAO = "LatticeDAO"
TREASURY = "Treasury"
STAKING = "LatticeStaking"
GUARD = "Guardian"
FEE_VAULT = "FeeVault"
BONUS_POOL = "BonusPool"
VESTING = "LatticeVesting"
CLAIM = "LatticeClaim"
RELAY = "VoteRelay"
ANCHORS = "Anchors"
FAUCET = "LatticeFaucet"  # on the local chain, in the place of LatticeClaim

COIN = "0x" + "0" * 40  # the zero address, as a token, is the chain's coin
DAY = 86_400  # seconds
