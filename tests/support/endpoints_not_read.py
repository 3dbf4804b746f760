"""What can be posted to a provider and is no call to us, and why. A new endpoint is in none of these.

Patterns are looked for from the beginning of a path, the first one that fits counts.
"""

from __future__ import annotations

FREE = {
    "openai": (
        r"/v1/(organization|projects|webhook_endpoints|skills|uploads|files|vaults|conversations|moderations)\b",
        r"/v1/content_provenance_checks|/v1/responses/input_tokens|/v1/audio/voice_consents",
        r"/v1/(batches|responses|evals/\{eval_id\}/runs)/[^/]+/cancel",
        r"/v1/chat/completions/\{completion_id\}|/v1/evals$|/v1/evals/\{eval_id\}$",
        r"/v1/assistants|/v1/threads$|/v1/threads/\{thread_id\}(/messages.*)?$",
        r"/v1/threads/\{thread_id\}/runs/\{run_id\}(/cancel)?$",
        r"/v1/agents/(\{agent_id\}|automations.*|environments/templates.*)$",
        r"/v1/agents/sessions/",
        r"/v1/(realtime|live|chatkit)/.*(secrets|sessions|accept|hangup|refer|reject|cancel)$",
        r"/v1/fine_tuning/(alpha/graders/validate|checkpoints)|/v1/fine_tuning/jobs/.*/\w+$",
        r"/v1/containers/[^/]+/files|/v1/videos/characters",
    ),
    "anthropic": (
        r"/v1/(organizations|agents|files|skills|memory_stores|tunnels|user_profiles|vaults)\b",
        r"/v1/messages/count_tokens|/v1/messages/batches/[^/]+/cancel|/v1/environments/.*/work",
        r"/v1/sessions/.+|/v1/deployments(?!/\{deployment_id\}/run$)|/v1/dreams/.+",
        r"/v1/environments/[^/]+(/archive)?$|/v1/compliance/review/",
    ),
    "google-genai": (
        r"/v1beta/(agents|auth_tokens|credentials|files:register|upload.*/files|voices|webhooks.*|triggers)$",
        r"/v1beta/.*:(cancel|countTokens|computeTokens|fetchPredictOperation)$",
        r"/v1beta/\{id\}$|.*:validateReinforcementTuningReward|/v1beta/interactions/[^/]+/auth_tokens",
    ),
    "mistralai": (
        r"/v1/(agents$|batch/jobs/[^/]+/cancel|client/sessions|connectors|files|responses/input_tokens)",
        r"/v1/(service-accounts|triggers|webhooks|observability)\b|/v2/(prompts|skills)\b",
        r"/v1/audio/(voices|agents|sessions)$|/v1/fine_tuning/models",
    ),
    "cohere": (
        r"/v1/(check-api-key|connectors|datasets|detokenize|tokenize|embed-jobs/)|/v2/batches/[^/]+:cancel",
    ),
    "groq": (r"/openai/v1/(files|batches/[^/]+/cancel)",),
    "together": (
        r"/v1/batches/[^/]+/cancel|/v1/queue/(cancel|clear)|.*estimate(-price|-cost)?$|.*/preview(-defaults)?$",
        r"/v2/projects/\{project_id\}/models",
    ),
    "perplexityai": (r"/v1/(files|skills)$|/v1/(batches|responses)/[^/]+/cancel",),
    "openrouter": (
        r"/api/v1/(analytics|auth|byok|containers|external-users|files|generation/feedback|guardrails|keys)\b",
        r"/api/v1/(oauth|observability|scim|vault|workspaces)\b",
    ),
    "voyageai": (),
    "xai-sdk": (
        r"/xai_api\.(Auth|Files|Models|Tokenize)/",
        r"/xai_api\.BatchMgmt/(Cancel|Get|List)Batch|/xai_api\.BatchMgmt/ListBatch",
        r"/xai_api\.Chat/DeleteStoredCompletion|/xai_api\.Sample/",  # the SDK has no method for sampling
        r"/collections\.Collections/(?!AddDocument|ReIndex|Generate)",
    ),
}
"""Costs nothing by itself: looking, naming, arranging, cancelling."""

TRAINING = "training and grading: paid by what was trained, told when it is over"
BY_TIME = "paid by time or by size, which no response tells"

PAID = {
    "openai": (
        (r"/v1/fine_tuning/", TRAINING),
        (r"/v1/containers$", "a container is counted where a response uses it"),
        (r"/v1/(vector_stores|agents/environments)", BY_TIME),
        (
            r"/v1/(realtime/calls|live/sessions/[^/]+/fork)$",
            "sound over WebRTC: its usage is told on a WebSocket beside it, if one is opened",
        ),
        (r"/v1/audio/voices$", "voices to order: the price is agreed"),
    ),
    "anthropic": (
        (r"/v1/environments$", BY_TIME),
        (r"/v1/deployments/.*/run", "starts a session, whose events are read"),
        (r"/v1/dreams$", "runs in a session, whose events are read; its own counts are their sum"),
    ),
    "google-genai": (
        (r"/v1beta/(tunedModels|tuningJobs)$", TRAINING),
        (r"/v1beta/environments$", BY_TIME),
        (r"/v1beta/triggers/", "starts an interaction, which is read when it is looked at"),
        (r"/v1beta/batchPredictionJobs$", "results go to a bucket"),
        (
            r"/v1beta/(fileSearchStores|.*:(importFile|uploadToFileSearchStore))",
            "indexing: no usage is told",
        ),
    ),
    "mistralai": (
        (
            r"/v1/(context/search-indexes|libraries)",
            "indexing and searching of documents: no usage is told",
        ),
        (
            r"/v1/workflows/",
            "runs the organisation's own code, whose calls are seen where they are made",
        ),
    ),
    "cohere": ((r"/v1/finetuning/", TRAINING),),
    "groq": (),
    "together": (
        (r"/v1/(fine-tunes|rl|shaping|evaluation)\b", TRAINING),
        (r"/v1/(compute|deployments|queue/submit)|/v2/projects/\{project_id\}/endpoints", BY_TIME),
    ),
    "perplexityai": (
        (r"/v1/browser/sessions$", BY_TIME),
        (r"/v1/batches$", "results are in a file whose form the SDK does not tell"),
    ),
    "openrouter": ((r"/api/v1/private-endpoints", BY_TIME),),
    "voyageai": (),
    "xai-sdk": (
        (r"/xai_api\.Documents/Search", "paid by the search, without a model: no usage is told"),
        (r"/collections\.Collections/", "indexing: no usage is told"),
    ),
}
"""Costs money and is not read, and why."""
