// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title What metered use is paid from: prepaid balances, and for each API key a ceiling that its payer authorised.
/// @notice The operator reports use and is trusted with it up to each key's ceiling; it can neither keep the money,
/// which only ever goes into the buckets of listed models, nor hold back what the payer asks to have returned. The zero
/// address as a token is the chain's coin; amounts are integers in the token's smallest unit.
interface IInferenceEscrow {
    /// @notice What one API key may spend in all. By the payer's own call, or by its EIP-712 signature.
    /// @param keyId which key, as the operator and the payer agreed
    /// @param ceiling the most that all charges of this key may come to
    /// @param validUntil the last second at which the key may be used; charges for that use may follow for two days, in
    /// which the market is not paused
    struct Authorisation {
        address payer;
        bytes32 keyId;
        address token;
        uint128 ceiling;
        uint64 validUntil;
    }

    /// @notice What one key's use of one model comes to since the charge before.
    struct Charge {
        address payer;
        bytes32 keyId;
        bytes32 modelId;
        uint128 amount;
    }

    /// @notice An EIP-2612 signature over exactly the amount deposited, for this contract.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice One call paid by its own ERC-3009 authorisation. Its nonce is {hashCall} of the model and the salt, so
    /// that what was signed for one model pays no other.
    /// @param salt 32 bytes that tell this call from all others
    /// @param validAfter the authorisation is good strictly after it, in seconds since 1970, and strictly before
    /// `validBefore`
    struct Payment {
        address payer;
        bytes32 modelId;
        bytes32 salt;
        address token;
        uint128 amount;
        uint64 validAfter;
        uint64 validBefore;
    }

    /// @notice What is kept of an authorisation.
    /// @param revoked whether its payer ended it; it then never comes back
    struct Key {
        address token;
        uint64 validUntil;
        bool revoked;
        uint128 ceiling;
        uint128 spent;
    }

    /// @notice What a payer has here in one token. Of `balance`, `requested` cannot be charged any more once `readyAt`,
    /// in seconds since 1970, is reached.
    struct Account {
        uint104 balance;
        uint104 requested;
        uint48 readyAt;
    }

    event Deposited(address indexed payer, address indexed token, uint256 amount, address from);
    event Authorised(
        address indexed payer, bytes32 indexed keyId, address indexed token, uint128 ceiling, uint64 validUntil
    );
    event Revoked(address indexed payer, bytes32 indexed keyId, uint64 validUntil);
    /// @notice The amount went into the model's bucket of `day` under `splitHash`, `fee` of it the protocol's.
    event Charged(
        address indexed payer,
        bytes32 indexed keyId,
        bytes32 indexed modelId,
        address token,
        uint128 amount,
        uint128 fee,
        uint32 day,
        bytes32 splitHash
    );
    /// @notice The whole request of the payer in this token; zero takes it back.
    event WithdrawalRequested(address indexed payer, address indexed token, uint256 amount, uint64 readyAt);
    event Withdrawn(address indexed payer, address indexed token, uint256 amount);

    error NotPayer(address payer, address caller);
    error WrongValue(uint256 sent, uint256 expected);
    error ZeroAmount();
    error ZeroAddress();
    error TokenNotAccepted(address token);
    error AmountNotReceived(address token, uint256 sent, uint256 received);
    error InvalidSignature(address payer);
    error AuthorisationExpired(uint64 validUntil, uint256 time);
    error AuthorisationNarrowed(address payer, bytes32 keyId);
    error KeyRevoked(address payer, bytes32 keyId);
    error MarketPaused(uint64 until);
    error TokensDiffer(address token, address other);
    error NotAuthorised(address payer, bytes32 keyId);
    error CeilingExceeded(address payer, bytes32 keyId, uint256 spent, uint256 ceiling);
    error BalanceExceeded(address payer, address token, uint256 amount, uint256 chargeable);
    error NotWithdrawable(address payer, address token, uint256 amount, uint64 readyAt);
    error PaymentFailed(address account, uint256 amount);

    /// @notice Add to a payer's balance. Anyone may; what is given cannot be taken back by who gave it.
    /// @param amount in coin exactly what is sent along; in a token what the caller has approved
    function deposit(address payer, address token, uint256 amount) external payable;

    /// @notice Add to a payer's balance in a token, approved by the caller's signature. A signature that somebody used
    /// before does no harm where the approval is there.
    function depositWithPermit(address payer, address token, uint256 amount, Permit calldata permit) external;

    /// @notice Authorise a key of the caller's, and add to the caller's balance in its token; the amount may be zero.
    function depositAndAuthorise(Authorisation calldata authorisation, uint256 amount) external payable;

    /// @notice The same, with the token approved by signature.
    function depositAndAuthoriseWithPermit(
        Authorisation calldata authorisation,
        uint256 amount,
        Permit calldata permit
    ) external;

    /// @notice Register what a payer signed: with its own key, or as a contract by EIP-1271. Anyone may, any number of
    /// times. An authorisation of the same key may raise the ceiling and prolong it, never lower, shorten or change its
    /// token, so that no older signature takes anything back.
    function authorise(Authorisation calldata authorisation, bytes calldata signature) external;

    /// @notice End a key of the caller's for ever, also one that is not authorised yet. What was used until now may be
    /// charged for two days more.
    function revoke(bytes32 keyId) external;

    /// @notice Charge use to the payers' balances, into the models' buckets of today. Only who the authority allows; not
    /// while the market is paused. All of the batch or none of it, and all in one token.
    function settle(Charge[] calldata charges) external;

    /// @notice Pay one call of a listed model by the payer's signature alone, into the model's bucket of today: the token
    /// moves what `ReceiveWithAuthorization` (ERC-3009) says, to this contract, once. Anyone may bring it; not while the
    /// market is paused. It is told like a deposit that is charged at once, under the authorisation's nonce as its key.
    function payWithAuthorisation(Payment calldata payment, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Ask for this much of the caller's balance, in place of what was asked for before; zero takes it back.
    /// Use that came before may still be charged until the delay is over; both wait while the market is paused.
    function requestWithdraw(address token, uint256 amount) external;

    /// @notice Draw what was asked for once the delay is over: all of it, or what charges have left of the balance.
    function withdraw(address token) external;

    /// @notice The same, paid to another account, for a caller that takes no coin itself.
    function withdrawTo(address token, address recipient) external;

    function account(address payer, address token) external view returns (Account memory);

    function key(address payer, bytes32 keyId) external view returns (Key memory);

    /// @notice What can be charged to the payer now, whatever its keys allow.
    function chargeable(address payer, address token) external view returns (uint256);

    /// @notice From when on what the payer asked for may be drawn, pauses until now included; zero: nothing is asked for.
    function withdrawableFrom(address payer, address token) external view returns (uint256);

    /// @notice The nonce under which a payer authorises one call of a model.
    function hashCall(bytes32 modelId, bytes32 salt) external view returns (bytes32);

    /// @notice The digest that a payer signs.
    function hashAuthorisation(Authorisation calldata authorisation) external view returns (bytes32);
}
