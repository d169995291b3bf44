// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Where the money of sales waits until it matures, is split, and is drawn by those it belongs to.
/// @notice A sale adds to one bucket: (model, token, split, maturity day). So it keeps its fee, its window and its
/// split for ever; a changed split names the bucket of later sales. Once the day is over anyone may distribute the
/// bucket, which credits the payees, and each draws its own credit. Nothing is pushed.
interface IRevenueSplitter {
    /// @notice What the sales of one bucket paid, the fee included, and the fee in it. Smallest units of the token.
    struct Bucket {
        uint128 gross;
        uint128 fee;
    }

    /// @notice What a derived model owes its parent's seller, fixed when it was listed.
    struct Royalty {
        address payee;
        uint16 bps;
    }

    event SplitSet(bytes32 indexed modelId, bytes32 indexed splitHash, address[] recipients, uint16[] bps);
    event RoyaltySet(bytes32 indexed modelId, bytes32 indexed parent, uint16 bps);
    event Distributed(bytes32 indexed modelId, address indexed token, uint32 day, bytes32 splitHash, uint256 amount);
    event Credited(address indexed account, address indexed token, uint256 amount);
    event Withdrawn(address indexed account, address indexed token, uint256 amount);
    event AccruerSet(address indexed accruer, bool allowed);
    event FeeVaultSet(address indexed feeVault);

    error NotAccruer(address caller);
    error NotSeller(bytes32 modelId, address caller);
    error ZeroAddress();
    error TokenNotAccepted(address token);
    error WrongValue(uint256 sent, uint256 expected);
    error FeeAbovePrice(uint256 fee, uint256 gross);
    error SplitLength(uint256 recipients, uint256 bps);
    error SplitSum(uint256 sum);
    error EmptyShare(uint256 index);
    error RoyaltyTooHigh(uint16 bps, uint16 most);
    error RoyaltyFixed(bytes32 modelId);
    error NotMature(uint32 day, uint32 today);
    error EmptyBucket(bytes32 modelId, address token, bytes32 splitHash, uint32 day);
    error NothingToWithdraw(address account, address token);
    error PaymentFailed(address account, uint256 amount);

    /// @notice Add one sale to its bucket, under the model's present split. Accruers only; the coin comes along.
    /// @param gross what was paid, the fee included
    /// @param day the sale's maturity day, in days since 1970
    /// @return hash the split that the sale was accrued under
    function accrue(bytes32 modelId, address token, uint128 gross, uint128 fee, uint32 day)
        external
        payable
        returns (bytes32 hash);

    /// @notice Keep coin for an account that could not be paid. Accruers only.
    function creditTo(address account) external payable;

    /// @notice Set who shares the later sales of a model. Its seller, or an accruer on the seller's behalf.
    /// @param recipients at most 20; the first gets what rounding leaves
    /// @param bps each one's part of what is left after fee and royalty, in 1/10,000; together 10,000
    function setSplit(bytes32 modelId, address[] calldata recipients, uint16[] calldata bps) external;

    /// @notice Fix what a derived model owes its parent's seller: once, before any sale. Accruers only.
    function setRoyalty(bytes32 modelId, bytes32 parent, uint16 bps) external;

    /// @notice Credit a matured bucket to its fee vault, royalty payee and split. Anyone may.
    /// @param recipients the split that the bucket was accrued under; by default the seller alone
    function distribute(
        bytes32 modelId,
        address token,
        uint32 day,
        address[] calldata recipients,
        uint16[] calldata bps
    ) external;

    /// @notice Draw all that the caller is credited with in this token; the zero address is the chain's coin.
    function withdraw(address token) external;

    /// @notice Let a contract accrue, or stop it. Only who the authority allows.
    function setAccruer(address accruer, bool allowed) external;

    /// @notice Name who is credited with the fees of later distributions. Only who the authority allows.
    function setFeeVault(address feeVault) external;

    function isAccruer(address account) external view returns (bool);

    function feeVault() external view returns (address);

    function credits(address account, address token) external view returns (uint256);

    function bucket(bytes32 modelId, address token, bytes32 splitHash, uint32 day) external view returns (Bucket memory);

    /// @notice The split of the model's next sale. A model whose split was never set pays its seller alone, and no
    /// `SplitSet` event says so: its hash is `hashSplit([seller], [10000])`.
    function splitHash(bytes32 modelId) external view returns (bytes32);

    /// @notice keccak256(abi.encode(recipients, bps))
    function hashSplit(address[] calldata recipients, uint16[] calldata bps) external pure returns (bytes32);

    function royalty(bytes32 modelId) external view returns (Royalty memory);
}
