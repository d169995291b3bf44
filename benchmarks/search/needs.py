"""What people look for, and which models answer it: the judged set's source. See README.md for how it was judged.

A need is (rules of grade 2, rules of grade 1, its wordings). A rule is conditions on a model's facts; a grade is given
where all conditions of one of its rules hold. ``{}`` of a wording's first word says its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EMB, RANK, GEN = {"task": "feature-extraction"}, {"task": "text-ranking"}, {"task": "text-generation"}
CLASSIFY, FEATURES = {"task": "image-classification"}, {"task": "image-feature-extraction"}
MATCH, SOUND = {"task": "zero-shot-image-classification"}, {"task": "audio-feature-extraction"}

CODE = (
    "codesage|code-embed|code_retriever|embed-code|lateon-code|splade-code|potion-code|motherlode|embedding-code|qodo"
)

Rule = Mapping[str, Any]
Need = tuple[list[Rule], list[Rule], dict[str, list[str]]]


def _language(code: str, words: list[str], meaning: list[str]) -> Need:
    """Embeddings for one language: made for it is 2, one of at most twenty that it reads is 1."""
    return (
        [{**EMB, "language": code, "languages": 2}],
        [{**EMB, "language": code, "languages": 20}],
        {"facts": words, "meaning": meaning},
    )


LANGUAGES: list[Need] = [
    _language(
        "deu",
        ["german embeddings", "embedding model german"],
        ["Vektoren für deutsche Sätze", "sentence similarity for texts from Berlin"],
    ),
    _language(
        "rus", ["russian embeddings", "russian sentence encoder"], ["compare documents written in cyrillic moscow"]
    ),
    _language(
        "jpn", ["japanese embeddings", "embeddings for japanese text"], ["semantic search over tokyo news articles"]
    ),
    _language("zho", ["chinese embeddings", "chinese text vectors"], ["mandarin sentence similarity"]),
    _language("kor", ["korean embeddings", "korean retrieval model"], ["semantic search for seoul documents hangul"]),
    _language("fas", ["persian embeddings", "persian sentence embedding"], ["farsi text similarity"]),
    _language("por", ["portuguese embeddings", "portuguese sentence encoder"], ["brazilian text similarity"]),
    _language("vie", ["vietnamese embeddings", "vietnamese bi encoder"], ["hanoi document retrieval"]),
    _language("ara", ["arabic embeddings", "arabic matryoshka"], ["semantic search for egyptian newspapers"]),
    _language("dan", ["danish embeddings", "danish text embedding"], ["copenhagen documents vector search"]),
    _language("pol", ["polish embeddings", "polish retrieval"], ["warsaw text similarity"]),
    _language("nld", ["dutch embeddings", "dutch text embedding model"], ["amsterdam document search vectors"]),
    _language("fra", ["french embeddings", "french sentence embeddings"], ["vecteurs pour des phrases françaises"]),
    _language("ita", ["italian embeddings"], ["embeddings for texts from rome and milan italiano"]),
    _language("swe", ["swedish embeddings", "swedish sentence bert"], ["stockholm sentence similarity"]),
    _language("ben", ["bengali embeddings", "bangla sentence transformer"], []),
    _language("ukr", ["ukrainian embeddings"], []),
    _language("hin", ["hindi embeddings"], []),
]

CONCEPTS: list[Need] = [
    (
        [RANK],
        [],
        {
            "facts": ["reranker", "cross encoder", "re-ranking model"],
            "paraphrase": [
                "order search results by relevance",
                "second stage of retrieval that scores query and passage together",
            ],
            "meaning": ["sort hits so the best answer comes first"],
        },
    ),
    ([{**RANK, "language": "jpn"}], [RANK], {"facts": ["japanese reranker"]}),
    ([{**RANK, "language": "zho"}], [RANK], {"facts": ["chinese reranker"]}),
    ([{**RANK, "language": "deu"}], [RANK], {"facts": ["german reranker"]}),
    ([{**RANK, "most": 100_000_000}], [RANK], {"paraphrase": ["tiny reranker", "small fast cross-encoder"]}),
    ([{**RANK, "languages_over": 5}], [RANK], {"facts": ["multilingual reranker"]}),
    ([{"name": "monot5"}], [RANK], {"facts": ["t5 reranker msmarco"]}),
    (
        [{"kind": "late-interaction"}],
        [],
        {
            "facts": ["late interaction", "colbert"],
            "paraphrase": ["multi-vector retrieval", "a vector for each token instead of one"],
        },
    ),
    (
        [{"kind": "sparse"}],
        [],
        {
            "facts": ["sparse embeddings", "splade"],
            "paraphrase": ["learned sparse retrieval for an inverted index"],
            "meaning": ["vectors that are mostly zeros"],
        },
    ),
    (
        [{"name": "legal|law"}],
        [],
        {
            "facts": ["legal embeddings", "law retrieval"],
            "meaning": ["search court decisions", "model for attorneys and contracts"],
        },
    ),
    (
        [{"name": "med|pubmed|bmretriever|ultrabert|bica"}],
        [],
        {
            "facts": ["pubmed embeddings"],
            "paraphrase": ["medical text embeddings", "biomedical retrieval"],
            "meaning": ["find papers about diseases and drugs", "doctors searching clinical literature"],
        },
    ),
    (
        [{"name": CODE}],
        [],
        {
            "facts": ["code embeddings", "code retrieval model"],
            "paraphrase": ["embeddings for source code"],
            "meaning": ["find functions in my python repository", "semantic search over software repositories"],
        },
    ),
    (
        [{**SOUND, "name": "whisper|wav2vec|hubert|mms|speecht5_asr|data2vec|sew-d|unispeech|wavlm|seamless"}],
        [SOUND],
        {
            "facts": ["speech audio model"],
            "paraphrase": ["transcribe speech", "speech recognition"],
            "meaning": ["turn spoken words into text", "dictation"],
        },
    ),
    ([{"name": "music|mulan|muq"}], [SOUND], {"facts": ["music audio embeddings"], "meaning": ["find similar songs"]}),
    (
        [SOUND, {"modality": "audio"}],
        [],
        {
            "facts": ["audio features", "audio embeddings"],
            "paraphrase": ["sound representations"],
            "meaning": ["classify noises recorded by a microphone"],
        },
    ),
    (
        [{"modality": "video"}],
        [],
        {"facts": ["video embeddings", "video model"], "meaning": ["search in film clips", "understand movies"]},
    ),
    (
        [{"name": "clip|siglip", "task": "zero-shot-image-classification"}],
        [MATCH, {"name": "clip|siglip"}],
        {
            "facts": ["clip zero shot image classification"],
            "paraphrase": ["match pictures with captions", "text to image retrieval"],
            "meaning": ["find photos by describing them"],
        },
    ),
    ([{"name": "siglip"}], [], {"facts": ["siglip", "google siglip"]}),
    ([{"name": "dinov2|dinov3|dino"}], [], {"facts": ["dino vision features", "dinov2"]}),
    ([{"name": "dinov3"}], [], {"facts": ["dinov3"]}),
    (
        [CLASSIFY],
        [],
        {
            "facts": ["image classification"],
            "meaning": ["tell cats from dogs in photos", "what object is in this picture"],
        },
    ),
    (
        [{**CLASSIFY, "most": 8_000_000}],
        [CLASSIFY],
        {"paraphrase": ["tiny image classifier for phones", "mobile image classification"]},
    ),
    ([{"name": "mobilenet"}], [], {"facts": ["mobilenet", "mobilenet v4"]}),
    ([{"name": "efficientnet"}], [], {"facts": ["efficientnet"], "paraphrase": ["efficient net"]}),
    (
        [{"name": "resnet50"}],
        [{"name": "resnet"}],
        {"facts": ["resnet50", "resnet-50"], "paraphrase": ["resnet 50 layers"]},
    ),
    ([{"name": "resnet18"}], [{"name": "resnet"}], {"facts": ["resnet 18"]}),
    ([{"name": "convnext"}], [], {"facts": ["convnext"], "paraphrase": ["conv next image model"]}),
    ([{"name": "swin"}], [], {"facts": ["swin transformer"]}),
    ([{"name": "vit_.*patch16_224|vit-base-patch16-224"}], [{"name": "vit"}], {"facts": ["vit patch16 224"]}),
    ([{"name": "vit"}], [], {"facts": ["vit"], "paraphrase": ["vision transformer"]}),
    ([{"name": "eva02|eva_"}], [], {"facts": ["eva02 vision"]}),
    ([{"name": "deit"}], [], {"facts": ["deit"]}),
    ([{"dataset": "in21k"}, {"name": "in21k"}], [{"dataset": "in22k"}], {"facts": ["imagenet 21k in21k"]}),
    (
        [GEN],
        [],
        {
            "facts": ["text generation", "text-generation model"],
            "paraphrase": ["chat model", "large language model"],
            "meaning": ["write an essay for me", "assistant that answers questions"],
        },
    ),
    (
        [{**GEN, "capability": "function-calling"}],
        [GEN],
        {
            "facts": ["function calling"],
            "paraphrase": ["tool use llm", "call tools from a chat model"],
            "meaning": ["agent that can use my api"],
        },
    ),
    (
        [{**GEN, "capability": "vision"}],
        [GEN],
        {"facts": ["text generation vision"], "paraphrase": ["chat about pictures"]},
    ),
    (
        [{**GEN, "capability": "reasoning"}],
        [GEN],
        {"facts": ["reasoning text generation"], "meaning": ["think step by step before answering"]},
    ),
    (
        [{**GEN, "name": "coder|codestral|code"}],
        [GEN],
        {"facts": ["coder text generation"], "meaning": ["write python programs for me"]},
    ),
    ([{**GEN, "name": "llama"}], [], {"facts": ["llama instruct", "meta llama"]}),
    ([{**GEN, "name": "qwen"}], [{"name": "qwen"}], {"facts": ["qwen text generation"]}),
    ([{**GEN, "name": "deepseek"}], [], {"facts": ["deepseek"]}),
    ([{**GEN, "name": "mistral|mixtral"}], [{"name": "mistral"}], {"facts": ["mistral text generation"]}),
    (
        [{**EMB, "languages_over": 40}],
        [{**EMB, "languages_over": 5}],
        {
            "facts": ["multilingual embeddings"],
            "paraphrase": ["embeddings for many languages", "cross-lingual text vectors"],
            "meaning": ["one model for customers from all over the world"],
        },
    ),
    (
        [{**EMB, "most": 30_000_000}],
        [EMB],
        {
            "paraphrase": ["tiny text embeddings", "very small embedding model"],
            "meaning": ["sentence vectors on a raspberry pi"],
        },
    ),
    (
        [{"library": "NumPy"}, {"name": "static|m2v|model2vec|potion"}],
        [],
        {"facts": ["static embeddings"], "paraphrase": ["embeddings without a transformer"]},
    ),
    ([{"name": "model2vec|m2v|potion"}], [{"name": "static"}], {"facts": ["model2vec", "minishlab potion"]}),
    ([{"name": "matryoshka"}], [], {"facts": ["matryoshka embeddings"]}),
    (
        [{**EMB, "tokens": 30_000}],
        [{**EMB, "tokens": 8_000}],
        {"paraphrase": ["long context embeddings", "embeddings for long documents"]},
    ),
    (
        [{"name": "colpali|colqwen|colnomic|colembed|vidore|visrag|vdr|colvec|smol.*col|colmodern"}],
        [{"library": "ColPali"}],
        {
            "facts": ["colpali visual document retrieval"],
            "meaning": ["search in scanned pdf pages", "find slides by what they show"],
        },
    ),
    ([{"name": "omni"}], [], {"facts": ["omni embeddings"]}),
    (
        [{**EMB, "modality2": ["image", "text"]}, {"modality2": ["image", "text"], "name": "embed"}],
        [{"modality2": ["image", "text"]}],
        {"facts": ["multimodal embeddings image text"], "paraphrase": ["embed pictures and text in one space"]},
    ),
    ([{**EMB, "name": "instruct"}], [{**EMB}], {"facts": ["instruct embeddings"]}),
    ([{"name": "gte"}], [], {"facts": ["gte embeddings alibaba"]}),
    ([{"name": "bge"}], [], {"facts": ["bge", "BAAI bge embeddings"]}),
    ([{"name": "/e5|-e5-|multilingual-e5"}], [], {"facts": ["e5", "intfloat e5"]}),
    ([{"name": "nomic-embed|nomic-ai"}], [], {"facts": ["nomic embed"]}),
    ([{"name": "jina"}], [], {"facts": ["jina", "jina embeddings"]}),
    ([{"name": "granite"}], [], {"facts": ["ibm granite embedding"]}),
    ([{"name": "arctic"}], [], {"facts": ["snowflake arctic"]}),
    ([{"name": "modernbert|moderncolbert|modbert"}], [], {"facts": ["modernbert"], "paraphrase": ["modern bert"]}),
    ([{"name": "rubert"}], [{"language": "rus", "languages": 2}], {"facts": ["rubert"]}),
    ([{"name": "parsbert"}], [{"language": "fas", "languages": 2}], {"facts": ["parsbert"]}),
    ([{"name": "simcse"}], [], {"facts": ["simcse"]}),
    ([{"name": "wavlm"}], [], {"facts": ["microsoft wavlm"]}),
    ([{"name": "labse"}], [], {"facts": ["labse"]}),
    (
        [{"dataset": "MSMARCO", **RANK}, {"name": "ms-marco|msmarco"}],
        [{"dataset": "MSMARCO"}],
        {"facts": ["trained on msmarco"]},
    ),
    ([{"dataset": "webli", "task": "zero-shot-image-classification"}, {"name": "webli"}], [], {"facts": ["webli"]}),
    (
        [{"name": "scandi"}],
        [{"language": "dan", "languages": 5}],
        {"facts": ["scandinavian embeddings scandi"], "meaning": ["norwegian swedish danish vectors"]},
    ),
    ([{"name": "bioclip|biovita|insect|plant|inat|species"}], [{"dataset": "inat"}], {"facts": ["species bioclip"]}),
    ([{"name": "blip"}], [], {"facts": ["blip captioning"], "meaning": ["describe a photograph in a sentence"]}),
    ([{"name": "splade"}], [{"kind": "sparse"}], {"facts": ["naver splade"]}),
    ([{"name": "opensearch-neural-sparse"}], [{"kind": "sparse"}], {"facts": ["opensearch neural sparse encoding"]}),
]

NAMES = [
    "BAAI/bge-m3",
    "BAAI/bge-reranker-v2-m3",
    "sentence-transformers/all-MiniLM-L6-v2",
    "intfloat/multilingual-e5-large-instruct",
    "mixedbread-ai/mxbai-embed-large-v1",
    "google/embeddinggemma-300m",
    "Qwen/Qwen3-Embedding-0.6B",
    "Qwen/Qwen3-Reranker-4B",
    "nomic-ai/nomic-embed-text-v1.5",
    "jinaai/jina-embeddings-v3",
    "jinaai/jina-reranker-v2-base-multilingual",
    "openai/whisper-large-v3-turbo",
    "openai/clip-vit-base-patch32",
    "facebook/contriever-msmarco",
    "colbert-ir/colbertv2.0",
    "naver/splade-v3",
    "lightonai/GTE-ModernColBERT-v1",
    "cl-nagoya/ruri-v3-310m",
    "deepvk/USER-bge-m3",
    "cointegrated/rubert-tiny2",
    "codesage/codesage-large-v2",
    "nvidia/NV-Embed-v2",
    "GritLM/GritLM-7B",
    "Snowflake/snowflake-arctic-embed-l-v2.0",
    "ibm-granite/granite-embedding-english-r2",
    "minishlab/potion-base-8M",
    "cross-encoder/ms-marco-MiniLM-L6-v2",
    "facebook/dinov2-base",
    "google/siglip-so400m-patch14-384",
    "microsoft/wavlm-base-plus",
    "laion/larger_clap_music",
    "NovaSearch/stella_en_400M_v5",
    "Salesforce/SFR-Embedding-Mistral",
    "dragonkue/BGE-m3-ko",
    "abhinand/MedEmbed-small-v0.1",
]
