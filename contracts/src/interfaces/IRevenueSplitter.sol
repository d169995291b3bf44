// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Where the money of sales waits until it matures, is split, and is drawn by those it belongs to.
/// @notice A sale adds to one bucket: (model, token, split, maturity day). So it keeps its fee, its window and its
/// split for ever; a changed split names the bucket of later sales. Once the day is over anyone may distribute the
/// bucket, which credits the payees, and each draws its own credit. Nothing is pushed. A referrer's part, out of the
/// fee, waits in a bucket of the referrer's: (referrer, token, maturity day). Market, escrow and pass are fixed for
/// ever when this contract is made; nobody, whatever its role, can let anyone else touch the money.
///
/// Tokens are pulled by this contract, so it is this contract that a buyer approves.
interface IRevenueSplitter {
    /// @notice What the sales of one bucket paid without referrers' parts, and the protocol's part in it.
    struct Bucket {
        uint128 gross;
        uint128 fee;
    }

    /// @notice One sale, or one charge for use.
    /// @param gross what was paid, the fee included
    /// @param fee the protocol's part, what goes to the referrer included
    /// @param day maturity day, in days since 1970
    /// @param referrer who gets `referral`, or zero
    struct Accrual {
        bytes32 modelId;
        uint128 gross;
        uint128 fee;
        uint32 day;
        address referrer;
        uint128 referral;
    }

    /// @notice What a derived model owes its parent's seller, fixed when it was listed.
    struct Royalty {
        address payee;
        uint16 bps;
    }

    /// @notice One resale of passes.
    /// @param fee the protocol's part of the price
    /// @param royalty the seller's part of the price
    struct Resale {
        bytes32 modelId;
        address holder;
        uint256 price;
        uint256 fee;
        uint256 royalty;
    }

    event SplitSet(bytes32 indexed modelId, bytes32 indexed splitHash, address[] recipients, uint16[] bps);
    event RoyaltySet(bytes32 indexed modelId, bytes32 indexed parent, uint16 bps);
    event Referred(
        address indexed referrer, bytes32 indexed modelId, address indexed token, uint32 day, uint256 amount
    );
    event Distributed(bytes32 indexed modelId, address indexed token, uint32 day, bytes32 splitHash, uint256 amount);
    event ReferralDistributed(address indexed referrer, address indexed token, uint32 day, uint256 amount);
    /// @notice A disputed sale left its bucket, and waits here for its ruling.
    event Held(bytes32 indexed modelId, address indexed token, uint32 day, bytes32 splitHash, uint256 amount);
    /// @notice A disputed sale went into the bucket of this day, because its seller was right.
    event Released(bytes32 indexed modelId, address indexed token, uint32 day, bytes32 splitHash, uint256 amount);
    event Credited(address indexed account, address indexed token, uint256 amount);
    event Withdrawn(address indexed account, address indexed token, uint256 amount);
    event FeeVaultSet(address indexed feeVault);

    error NotMarket(address caller);
    error NotEscrow(address caller);
    error NotCreditor(address caller);
    error NotSeller(bytes32 modelId, address caller);
    error ZeroAddress();
    error WrongValue(uint256 sent, uint256 expected);
    /// @notice A token took something of the transfer for itself, or gave something on top.
    error AmountNotReceived(address token, uint256 sent, uint256 received);
    error FeeAbovePrice(uint256 fee, uint256 gross);
    error ReferralAboveFee(uint256 referral, uint256 fee);
    error SplitLength(uint256 recipients, uint256 bps);
    error SplitSum(uint256 sum);
    error EmptyShare(uint256 index);
    error RoyaltyTooHigh(uint16 bps, uint16 most);
    error RoyaltyFixed(bytes32 modelId);
    error NotMature(uint32 day, uint32 today);
    error EmptyBucket(bytes32 modelId, address token, bytes32 splitHash, uint32 day);
    error EmptyReferral(address referrer, address token, uint32 day);
    error NothingToWithdraw(address account, address token);
    error PaymentFailed(address account, uint256 amount);

    /// @notice Add one sale to its bucket, under the model's present split. The market only. Coin comes along with the
    /// call; a token is pulled from `payer`, who has approved this contract.
    /// @return hash the split that the sale was accrued under
    function accrue(address token, address payer, Accrual calldata sale) external payable returns (bytes32 hash);

    /// @notice Add many charges in one token to their buckets. The escrow only. Their sum in coin comes along with the
    /// call; in a token it is pulled, once, from the escrow, which has approved this contract.
    /// @return hashes the split of each
    function accrueBatch(address token, Accrual[] calldata charges) external payable returns (bytes32[] memory hashes);

    /// @notice Take a sale out of its bucket and credit all of it to the buyer. The market only.
    /// @param sale exactly as it was accrued: the market vouches for it
    function refund(address token, bytes32 hash, Accrual calldata sale, address buyer) external;

    /// @notice Take a sale out of its bucket and keep it for a ruling. The market only.
    function hold(address token, bytes32 hash, Accrual calldata sale) external;

    /// @notice Credit a held sale to the buyer. The market only.
    function payBack(address token, Accrual calldata sale, address buyer) external;

    /// @notice Put a held sale into today's bucket, under the split that it was made under. The market only.
    function release(address token, bytes32 hash, Accrual calldata sale) external;

    /// @notice Credit money that comes along, or that is pulled from `payer` in a token. Market, escrow and pass only;
    /// only the pass may name another payer than itself.
    function creditTo(address account, address token, address payer, uint256 amount) external payable;

    /// @notice Credit the parts of a resale's price: fee, lineage, seller, and the holder with the rest. The pass only. Coin
    /// comes along with the call; a token is pulled from `payer`.
    /// @return lineage what the parent's seller got
    function resell(address token, address payer, Resale calldata resale) external payable returns (uint256 lineage);

    /// @notice Set who shares the later sales of a model. Its seller, or the market on the seller's behalf.
    /// @param recipients at most 20; the first gets what rounding leaves
    /// @param bps each one's part of what is left after fee and royalty, in 1/10,000; together 10,000
    function setSplit(bytes32 modelId, address[] calldata recipients, uint16[] calldata bps) external;

    /// @notice Fix what a derived model owes its parent's seller: once, before any sale. The market only.
    function setRoyalty(bytes32 modelId, bytes32 parent, uint16 bps) external;

    /// @notice Credit a matured bucket to the fee vault, royalty payee and split. Anyone may.
    /// @param recipients the split that the bucket was accrued under; by default the seller alone
    function distribute(
        bytes32 modelId,
        address token,
        uint32 day,
        address[] calldata recipients,
        uint16[] calldata bps
    ) external;

    /// @notice Credit a matured bucket of a referrer's to it. Anyone may.
    function distributeReferral(address referrer, address token, uint32 day) external;

    /// @notice Draw all that the caller is credited with in this token; the zero address is the chain's coin.
    function withdraw(address token) external;

    /// @notice The same, paid to another account, for a caller that takes no coin itself.
    function withdrawTo(address token, address recipient) external;

    /// @notice Name who is credited with the fees of later distributions. Only who the authority allows.
    function setFeeVault(address feeVault) external;

    function feeVault() external view returns (address);

    function credits(address account, address token) external view returns (uint256);

    /// @notice What disputed sales keep here until they are ruled.
    function held(address token) external view returns (uint256);

    function bucket(bytes32 modelId, address token, bytes32 splitHash, uint32 day) external view returns (Bucket memory);

    function referralBucket(address referrer, address token, uint32 day) external view returns (uint256);

    /// @notice The split of the model's next sale. A model whose split was never set pays its seller alone, and no
    /// `SplitSet` event says so: its hash is `hashSplit([seller], [10000])`.
    function splitHash(bytes32 modelId) external view returns (bytes32);

    /// @notice keccak256(abi.encode(recipients, bps))
    function hashSplit(address[] calldata recipients, uint16[] calldata bps) external pure returns (bytes32);

    /// @notice What the model's sales have brought in fees in coin that are distributed or were paid at a resale, at most
    /// 2^80 - 1 wei.
    function maturedFees(bytes32 modelId) external view returns (uint256);

    function royalty(bytes32 modelId) external view returns (Royalty memory);
}
